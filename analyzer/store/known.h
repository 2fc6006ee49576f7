/* What earlier runs of a program were found to have.
 *
 * DESIGN. A program is known by its arguments, too, as baselines know it: tests of one executable differ. Where it never
 * ran with these, as port numbers and temporary files differ from run to run, all runs of its executable speak for it. */
#ifndef STORE_KNOWN_H
#define STORE_KNOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "model/finding.h"
#include "store.h"

/* Runs that began before `before` (ns since 1970) are earlier ones. */
struct known_question {
    const struct process *process;
    int64_t before;
};

/* How many of them there are. */
int store__earlier_runs(struct store *store, const struct known_question *question, uint64_t *runs,
                        struct store_error *error);

/* How much of this finding the worst of them had, at this level or a more serious one; 0: none had it. */
int store__known(struct store *store, const struct known_question *question, const char *fingerprint, enum level level,
                 uint64_t *count, struct store_error *error);

#endif
