/* Looks, again and again, and lays out what was found. */
#ifndef TOP_WATCHER_H
#define TOP_WATCHER_H

#include "live/subject.h"
#include "state.h"

struct watcher_options {
    const char *subject; /* as subject__new has it */
    struct gathering_options gathering;
    struct symbols_options symbols;
    const char *source_root; /* NULL: none was given */
    double idle;             /* seconds: connections are idle that were not used for so long */
};

struct watcher;

/* The options must outlive it. */
struct watcher *watcher__new(const struct watcher_options *options);
void watcher__free(struct watcher *watcher);

/* False: it cannot be looked at; watcher__trouble says why. */
bool watcher__look(struct watcher *watcher, const struct top_state *state);
/* To be called when it has been. */
void watcher__shown(struct watcher *watcher);
const char *watcher__trouble(const struct watcher *watcher);
/* Seconds until the next look, from the last one on: as asked for, or more where looks are dear. */
double watcher__pause(const struct watcher *watcher, const struct top_state *state);

/* What the last look found, as the state has it: until the next one. */
void watcher__fill(const struct watcher *watcher, struct top_table *table, struct top_state *state, bool is_utf8);
void watcher__draw(const struct watcher *watcher, struct frame_page *page, const struct top_table *table,
                   struct top_state *state);
/* The view needs more than the last look was for. */
bool watcher__lacks(const struct watcher *watcher, const struct top_state *state);

#endif
