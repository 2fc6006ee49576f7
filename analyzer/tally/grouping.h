/* Tallies to findings: those with the same fingerprint are one. */
#ifndef GROUPING_H
#define GROUPING_H

#include "findings/collector.h"
#include "model/finding.h"
#include "siblings.h"
#include "symbol/stacks.h"
#include "tally.h"

struct grouping;
struct scope_paths;

/* All of these must outlive the grouping. */
struct grouping *grouping__new(const struct collector_options *options, struct stacks *stacks,
                               const struct siblings *siblings, const struct scope_paths *paths, struct pool *pool);
void grouping__free(struct grouping *grouping); /* and its findings */

void grouping__add(struct grouping *grouping, const struct tally *tally);

/* Fills in the report's findings: most expensive first, suppressed ones last. */
void grouping__finish(struct grouping *grouping, struct report *report);

/* Does the pattern match the scope's path, from any of its names to any later one? NULL patterns match everything. */
bool scope__is_asked_for(const char *pattern, const char *path);

#endif
