/* The whole screen: what was found, and what the user has chosen, laid out. */
#ifndef TOP_COMPOSE_H
#define TOP_COMPOSE_H

#include "state.h"

struct top_caption {
    const char *subject; /* what is looked at: a directory, a process */
    const char *trouble; /* that the last look met; NULL: none */
    size_t unread;       /* ledgers */
    double pause;        /* seconds between looks, as it is */
};

/* Fills the table, as the state has it, with rows of the model; the state learns which is selected. */
void top_compose__table(struct top_table *table, const struct top_model *model, struct top_state *state);
/* Draws it and all around it. */
void top_compose__page(struct frame_page *page, const struct top_table *table, const struct top_model *model,
                       const struct top_caption *caption, struct top_state *state);

#endif
