/* The tallies of one fingerprint on their way to being one finding. */
#ifndef GROUP_H
#define GROUP_H

#include <stddef.h>

#include "base/table.h"
#include "tally.h"

struct group_key {
    char fingerprint[16];
    const struct suppression *rule; /* what is suppressed is not counted together with what is not */
};

struct group {
    struct group_key key;
    const struct tally **tallies;
    size_t count, room;
    struct group *next; /* in the order in which they were met */
    UT_hash_handle hh;
};

struct grouping_options;
struct scope_paths;
struct stacks;
struct siblings;
struct pool;

/* The finding, which owns what it points to but stacks and texts of the pool. */
struct finding group__finding(const struct group *group, struct stacks *stacks, const struct siblings *siblings,
                              struct scope_paths *paths, struct pool *pool, const struct grouping_options *options);
void finding__clear(struct finding *finding);

#endif
