/* What the user has chosen. */
#include "state.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

#define SHORTEST 0.1
#define LONGEST 3600.0

enum { DELETE = 127, BACKSPACE = 8 };

void top_state__begin(struct top_state *state)
{
    *state = (struct top_state){.interval = 1};
    for (size_t i = 0; i < TOP_VIEWS; i++)
        state->choices[i].sorted = top_view__get(i)->sorted;
}

void top_state__clear(struct top_state *state)
{
    for (size_t i = 0; i < TOP_VIEWS; i++)
        free(state->choices[i].selected);
    top_pin__put(&state->pin, NULL);
}

static struct top_choice *choice_of(struct top_state *state)
{
    return &state->choices[state->view];
}

bool top_state__shows_detail(const struct top_state *state)
{
    return state->pin.key != NULL;
}

void top_state__select(struct top_state *state, const char *key)
{
    char *before = choice_of(state)->selected;
    choice_of(state)->selected = heap__copied(key);
    free(before);
}

/* ---- Keys -------------------------------------------------------------------------------------------------------- */

/* So many rows further; what is open is read on instead. */
static void move(struct top_state *state, const struct top_table *table, long by)
{
    if (top_state__shows_detail(state) || state->shows_help) {
        state->scrolled = by < 0 && (size_t)-by > state->scrolled ? 0 : state->scrolled + (size_t)by;
        return;
    }
    long to = (long)state->selected + by, last = (long)table->count - 1;
    to = to > last ? last : to;
    to = to < 0 ? 0 : to;
    if (table->count > 0)
        top_state__select(state, table->rows[to].key);
}

static void show(struct top_state *state, size_t view)
{
    state->view = view % TOP_VIEWS;
    state->shows_help = false;
    state->scrolled = 0;
    top_pin__put(&state->pin, NULL);
}

static void sort_by(struct top_state *state, const struct top_table *table, int step)
{
    struct top_choice *choice = choice_of(state);
    size_t from = choice->sorted < table->column_count ? choice->sorted : step > 0 ? table->column_count - 1 : 0;
    choice->sorted = top_table__neighbour(table, from, step, state->screen);
    choice->is_reversed = false;
}

static void set_interval(struct top_state *state, double seconds)
{
    state->interval = seconds < SHORTEST ? SHORTEST : seconds > LONGEST ? LONGEST : seconds;
}

static void toggle_help(struct top_state *state)
{
    state->shows_help = !state->shows_help;
    state->scrolled = 0;
}

static void toggle_detail(struct top_state *state, const struct top_table *table)
{
    bool is_there = !top_state__shows_detail(state) && state->selected < table->count;
    top_pin__put(&state->pin, is_there ? table->rows[state->selected].key : NULL);
    state->scrolled = 0;
}

/* Out of the innermost thing that is open. */
static void go_back(struct top_state *state, const struct top_table *table)
{
    if (state->shows_help)
        toggle_help(state);
    else if (top_state__shows_detail(state))
        toggle_detail(state, table);
    else
        state->filter[0] = '\0';
}

static void quit(struct top_state *state, const struct top_table *table)
{
    if (state->shows_help || top_state__shows_detail(state))
        go_back(state, table);
    else
        state->has_ended = true;
}

void top_state__act(struct top_state *state, const struct top_table *table, enum top_action action)
{
    const long all = (long)table->count + 1, page = (long)state->page;
    if (action >= TOP_VIEW && action < TOP_VIEW + TOP_VIEWS) {
        show(state, action - TOP_VIEW);
        return;
    }
    switch (action) {
    case TOP_UP:
    case TOP_DOWN:
        move(state, table, action == TOP_UP ? -1 : 1);
        break;
    case TOP_PAGE_UP:
    case TOP_PAGE_DOWN:
        move(state, table, action == TOP_PAGE_UP ? -page : page);
        break;
    case TOP_FIRST:
    case TOP_LAST:
        move(state, table, action == TOP_FIRST ? -all - (long)state->scrolled : all);
        break;
    case TOP_NEXT_VIEW:
    case TOP_PREVIOUS_VIEW:
        show(state, state->view + (action == TOP_NEXT_VIEW ? 1 : TOP_VIEWS - 1));
        break;
    case TOP_NEXT_COLUMN:
    case TOP_PREVIOUS_COLUMN:
        sort_by(state, table, action == TOP_NEXT_COLUMN ? 1 : -1);
        break;
    case TOP_REVERSE:
        choice_of(state)->is_reversed = !choice_of(state)->is_reversed;
        break;
    case TOP_FILTERING:
        state->is_typing = true;
        state->filter[0] = '\0';
        break;
    case TOP_DETAIL:
        toggle_detail(state, table);
        break;
    case TOP_PAUSE:
        state->is_paused = !state->is_paused;
        break;
    case TOP_FASTER:
    case TOP_SLOWER:
        set_interval(state, action == TOP_FASTER ? state->interval / 2 : state->interval * 2);
        break;
    case TOP_HELP:
        toggle_help(state);
        break;
    case TOP_BACK:
        go_back(state, table);
        break;
    case TOP_QUIT:
        quit(state, table);
        break;
    default:
        break;
    }
}

/* ---- The filter -------------------------------------------------------------------------------------------------- */

/* A whole character, of which the last byte may be the least of it. */
static void rub_out(char *filter)
{
    size_t length = strlen(filter);
    while (length > 0 && ((unsigned char)filter[length - 1] & 0xc0) == 0x80)
        length--;
    filter[length > 0 ? length - 1 : 0] = '\0';
}

bool top_state__type(struct top_state *state, int character)
{
    size_t length = strlen(state->filter);
    if (character == DELETE || character == BACKSPACE) {
        rub_out(state->filter);
        return true;
    }
    if (character < ' ' || character > 0xff)
        return false;
    if (length + 1 < sizeof state->filter) {
        state->filter[length] = (char)character;
        state->filter[length + 1] = '\0';
    }
    return true;
}
