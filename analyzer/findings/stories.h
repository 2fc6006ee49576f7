/* What the scopes of one ledger left, put together as stories: what was left together is one, not several.
 *
 * DESIGN. Three acquired, the fourth failed, nothing given back: the ledger has three rows of leftovers, and departures
 * that tell which were left by the same end. Two rows are joined where at least half of the ends that left the one left
 * the other too, and the other way round: what leaks always does not swallow what leaks rarely. An error path that gives
 * up at one of several stages is one story as well. The row with the most ends speaks for all, the first of equals. */
#ifndef STORIES_H
#define STORIES_H

#include <stdbool.h>

#include "ledger/read.h"

struct stories;

/* Rows of which nothing is to be told, by number, neither speak nor join others. */
struct stories *stories__new(const struct ledger *ledger, const bool *untold);
void stories__free(struct stories *stories);

/* The row that speaks for this one: itself, where it was left alone. */
uint32_t stories__speaker(const struct stories *stories, uint32_t row);

/* How the ends of a scope came to leave a story. */
struct story_ends {
    uint64_t count, failed;
    const struct lw_departure *attempt; /* an acquisition failed before at least half of them: the usual one; or NULL */
    uint64_t attempts;                  /* ends before which that one failed */
};
struct story_ends stories__ends(const struct stories *stories, uint32_t speaker);

#endif
