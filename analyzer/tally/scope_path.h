/* The path of a ledger's scope. */
#ifndef SCOPE_PATH_H
#define SCOPE_PATH_H

#include "ledger/read.h"
#include "symbol/stacks.h"

struct pool;

/* "server > request", "thread worker"; NULL: the process. The stacks must have the ledger open; the text is of the pool. */
const char *scope_path__of(const struct ledger *ledger, struct stacks *stacks, struct pool *pool, uint32_t scope);

#endif
