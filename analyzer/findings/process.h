/* What a report says of a process. */
#ifndef PROCESS_H
#define PROCESS_H

#include "ledger/read.h"
#include "life.h"
#include "model/finding.h"

struct pool;

/* Everything but `judged`. Texts that many processes share are the pool's; process__clear frees the rest. */
struct process process__of(const struct ledger *ledger, const struct life *life, struct pool *pool);
void process__drop_samples(struct process *process);
void process__clear(struct process *process);

#endif
