/* What is found, beside what earlier runs of the same programs were found to have. */
#ifndef EARLIER_RUNS_H
#define EARLIER_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/finding.h"
#include "store/store.h"

/* Did an earlier run of each of its processes' programs have as much of this finding, or at most the tolerance less? Sets
 * what is known of it. What cannot be read, which is said in one line, is not known. */
bool earlier_runs__know(struct store *store, const struct report *report, uint64_t tolerance, struct finding *finding);

/* How many earlier runs of the report's programs there are; -1 where they cannot be read, which is said in one line. */
int earlier_runs__count(struct store *store, const struct report *report, uint64_t *runs);

#endif
