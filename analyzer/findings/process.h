/* What a report says of a process. */
#ifndef PROCESS_H
#define PROCESS_H

#include "../finding.h"
#include "../ledger_read.h"
#include "life.h"

/* Everything but `judged`. process__clear frees what it points to. */
struct process process__of(const struct ledger *ledger, const struct life *life);
void process__clear(struct process *process);

#endif
