/* Which processes a finding is of. Its numbers are those of ledgers; of one process there may be several, one after the other. */
#ifndef FINDING_PROCESSES_H
#define FINDING_PROCESSES_H

#include "finding.h"

/* Is the process of this one of its numbers named by another of them already? */
bool finding_processes__is_again(const struct finding *finding, const struct process *processes, size_t index);
/* How many there are. */
size_t finding_processes__count(const struct finding *finding, const struct process *processes);

#endif
