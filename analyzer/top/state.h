/* What the user has chosen, and what a key makes of it. */
#ifndef TOP_STATE_H
#define TOP_STATE_H

#include "pin.h"

enum { TOP_FILTER = 64 };

enum top_action {
    TOP_NOTHING,
    TOP_UP,
    TOP_DOWN,
    TOP_PAGE_UP,
    TOP_PAGE_DOWN,
    TOP_FIRST,
    TOP_LAST,
    TOP_NEXT_VIEW,
    TOP_PREVIOUS_VIEW,
    TOP_VIEW, /* and a number */
    TOP_NEXT_COLUMN = TOP_VIEW + TOP_VIEWS,
    TOP_PREVIOUS_COLUMN,
    TOP_REVERSE,
    TOP_FILTERING,
    TOP_DETAIL,
    TOP_PAUSE,
    TOP_FASTER,
    TOP_SLOWER,
    TOP_HELP,
    TOP_BACK, /* out of what is open */
    TOP_QUIT
};

struct top_choice {
    size_t sorted; /* column */
    bool is_reversed;
    char *selected; /* key of the row; NULL: there was none yet */
    size_t first;   /* row at the top of the screen */
};

struct top_state {
    size_t view;
    struct top_choice choices[TOP_VIEWS];
    char filter[TOP_FILTER];
    bool is_once; /* all rows, and all that is known of the selected one, as there are no keys */
    bool is_typing, is_paused, shows_help, has_ended;
    struct top_pin pin; /* the row of which all is shown */
    size_t scrolled;    /* lines of the detail that are above the screen */
    double interval;    /* seconds between looks, as asked for */
    /* Of the screen that was composed last, for keys that go by it: */
    size_t selected, page, screen;
};

void top_state__begin(struct top_state *state);
void top_state__clear(struct top_state *state);

void top_state__select(struct top_state *state, const char *key);
bool top_state__shows_detail(const struct top_state *state); /* of one row, on the whole screen */

/* table: the view's, as it is shown. */
void top_state__act(struct top_state *state, const struct top_table *table, enum top_action action);
/* A character of a filter; false: it is none. */
bool top_state__type(struct top_state *state, int character);

#endif
