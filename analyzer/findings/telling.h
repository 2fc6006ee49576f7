/* What the ledgers tell of a scope-leak, added up on its way to being a story. */
#ifndef TELLING_H
#define TELLING_H

#include "../finding.h"

struct lw_leftover;
struct stacks;
struct scope_paths;

struct telling_part {
    uint32_t stack; /* number in all ledgers */
    const char *call;
    uint32_t kind;
    uint64_t count;
};

struct telling {
    uint64_t left, left_failed, most, later, longest;
    uint64_t delays[32]; /* LW_LIFETIMES classes */
    uint32_t later_stack;
    const char *later_call, *reason;
    struct telling_part parts[PARTS];
    size_t part_count;
    struct telling_part attempt;
    int attempt_error;
};

struct telling *telling__new(void);
void telling__free(struct telling *telling);

/* One row more: `later_stack` in all ledgers; texts are of the pool. is_first: its ends count as ends that left
 * something; they were counted before where it was left together with another. */
void telling__add(struct telling *telling, const struct lw_leftover *row, uint32_t later_stack, const char *later_call,
                  const char *reason, bool is_first);
void telling__add_part(struct telling *telling, const struct telling_part *part);
/* What another telling of the same finding says. */
void telling__merge(struct telling *telling, const struct telling *other);

/* The story, with what is known of the scope's path; the caller frees it. */
struct scope_story *telling__story(const struct telling *telling, struct stacks *stacks,
                                   const struct scope_paths *paths, const char *path);

#endif
