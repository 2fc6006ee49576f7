/* Tallies to findings: those with the same fingerprint are one. */
#ifndef GROUPING_H
#define GROUPING_H

#include "model/finding.h"
#include "siblings.h"
#include "symbol/stacks.h"
#include "tally.h"

struct grouping;
struct scope_paths;
struct suppressions;

/* What is told of, and as what. */
struct grouping_options {
    const char *kinds;  /* "fd-leak,dir-leak": tell of these only; NULL: of all */
    const char *scope;  /* tell of findings in scopes that match this pattern only; NULL: of all */
    bool held_is_given; /* `held` is; else what was held to the end is a warning */
    enum level held;    /* of what was held to the end */
    bool steady;        /* tell nothing that differs from run to run */
    struct suppressions *suppressions;
};

/* All of these must outlive the grouping. */
struct grouping *grouping__new(const struct grouping_options *options, struct stacks *stacks,
                               const struct siblings *siblings, struct scope_paths *paths, struct pool *pool);
void grouping__free(struct grouping *grouping); /* and its findings */

void grouping__add(struct grouping *grouping, const struct tally *tally);

/* Fills in the report's findings: most expensive first, suppressed ones last. */
void grouping__finish(struct grouping *grouping, struct report *report);

#endif
