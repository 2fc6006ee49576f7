/* What the ledgers tell of a scope-leak, added up on its way to being a story. */
#ifndef TELLING_H
#define TELLING_H

#include "model/finding.h"

struct lw_leftover;
struct stacks;

enum { PARTS = 7 };
struct telling_part {
    uint32_t stack; /* number in all ledgers */
    const char *call;
    uint32_t kind;
    uint64_t count;
};

struct telling {
    uint64_t count;          /* resources */
    uint64_t own, own_later; /* of those, what the speaking stack acquired, and what of that was released later */
    uint64_t left, left_failed, most, later, longest;
    uint64_t delays[32]; /* LW_LIFETIMES classes */
    uint32_t later_stack;
    const char *later_call, *reason;
    uint64_t reason_time; /* when the entry ended that failed for that reason */
    struct telling_part parts[PARTS];
    size_t part_count;
    uint64_t more_parts; /* found no room */
    struct telling_part attempt;
    int attempt_error;
};

struct telling *telling__new(void);
void telling__free(struct telling *telling);

/* What one row says of what was given back later: `later_stack` in all ledgers; texts are of the pool. */
void telling__add(struct telling *telling, const struct lw_leftover *row, uint32_t later_stack, const char *later_call,
                  const char *reason);
void telling__add_part(struct telling *telling, const struct telling_part *part);
/* What another telling of the same finding says. */
void telling__merge(struct telling *telling, const struct telling *other);

/* Its facts, for a finding that knows its scope, call, stack and resource, and the scope's entries. */
void telling__tell(const struct telling *telling, struct stacks *stacks, struct finding *finding);

#endif
