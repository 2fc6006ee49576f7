/* What a store knows of the programs of a trend: their histories, and what tells of a site what one look cannot. */
#ifndef PAST_H
#define PAST_H

#include "growth/growth.h"
#include "store/history.h"
#include "symbol/stacks.h"

struct past;
struct pool;

struct past *past__new(struct store *store); /* which must outlive it */
void past__free(struct past *past);

/* A process on its way into a trend. Its stacks are open for it. */
struct past_question {
    struct past *past;
    const struct ledger *ledger;
    const struct process *process;
    struct stacks *stacks;
    struct pool *pool;
    const struct history *history; /* past__begin fills it in */
    struct growth_judgement earlier;
};
void past__begin(struct past_question *question);
/* Fills in what growth__judge wants to know of the past: a growth_past. */
void past__ask(void *question, const struct growth_site *site, struct growth_context *context);

/* Of all programs in the store; a pattern: of those whose executable's name matches; NULL: of all. */
void past__read_all(struct past *past, const char *pattern);
/* Something could not be read, which has been said. */
bool past__has_failed(const struct past *past);
/* Those that were read, with what leaks first, then the one that ran last. */
struct history *const *past__histories(struct past *past, size_t *count);

#endif
