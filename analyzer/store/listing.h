/* What a store holds, in a few numbers. */
#ifndef STORE_LISTING_H
#define STORE_LISTING_H

#include <stdbool.h>
#include <stdint.h>

#include "store.h"

struct listed_program {
    const char *name, *executable; /* of the executable its last name */
    uint64_t runs, builds;
    int64_t first, last; /* ns since 1970: the first start, the last moment seen */
    uint64_t peak;       /* descriptors open at most */
    uint64_t leaking;    /* sites of its last run that were said to leak */
    uint64_t errors;     /* findings of its last run */
};

struct listing {
    uint64_t runs, sites, bytes; /* bytes: of the file */
};

/* Every program, the one that ran last first; until `visit` says false. */
typedef bool listing_visit(void *context, const struct listed_program *program);
int store__list(struct store *store, struct listing *listing, listing_visit *visit, void *context,
                struct store_error *error);

#endif
