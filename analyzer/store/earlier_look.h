/* What an earlier look at a process that still ran had said of one of its sites. */
#ifndef STORE_EARLIER_LOOK_H
#define STORE_EARLIER_LOOK_H

#include <stdint.h>

#include "ledger/read.h"
#include "store.h"

struct earlier_look {
    int64_t moment;       /* ns since 1970; 0: none has said that it leaks */
    uint64_t beyond, old; /* as in growth_judgement */
};

/* The last one that said it leaks. */
int store__earlier_look(struct store *store, const struct ledger *ledger, const char *fingerprint,
                        struct earlier_look *look, struct store_error *error);

#endif
