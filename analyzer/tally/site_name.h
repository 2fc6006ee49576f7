/* What a site is called in all runs of a program, whatever its number in a ledger, the addresses, and lines that moved. */
#ifndef SITE_NAME_H
#define SITE_NAME_H

#include "ledger/read.h"
#include "symbol/stacks.h"

struct finding_kind;
struct pool;

struct site_name {
    char fingerprint[17];            /* that of the finding "never given back at this site": 16 hex digits */
    const struct finding_kind *kind; /* of that finding: "fd-leak" */
    const char *call;                /* "open"; NULL: not known */
    const char *scope;               /* "server > request"; NULL: the process */
    const struct stack *stack;       /* NULL: not known */
};

/* The stacks must have the ledger open; texts are of the pool. */
struct site_name site_name__of(const struct ledger *ledger, uint32_t site, struct stacks *stacks, struct pool *pool);

#endif
