/* The row that has the whole screen: it keeps it whatever comes above it in the table, or takes its place when it has gone. */
#ifndef TOP_PIN_H
#define TOP_PIN_H

#include "views.h"

struct top_pin {
    char *key;           /* of the row; NULL: none has the screen */
    const void *subject; /* of the last look; NULL: that found it no more */
    char *last;          /* what was known of it then, as lines */
    char *farewell;      /* a line about what has gone */
};

void top_pin__put(struct top_pin *pin, const char *key); /* NULL: nothing has the screen any more */

/* Looks for it in a table of all rows. */
void top_pin__find(struct top_pin *pin, const struct top_table *table, const struct top_view *view);
/* What is, or was, known of it; allocated. */
char *top_pin__text(struct top_pin *pin, const struct top_model *model, const struct top_view *view, size_t columns);

#endif
