/* What becomes of the value that a call returned, on all paths through the function that called. */
#ifndef CALLSITE_WALK_H
#define CALLSITE_WALK_H

#include "callee.h"

enum outcome {
    OUTCOME_READ,     /* a path looks at it or hands it on */
    OUTCOME_LOST,     /* a path ends or overwrites it, and nobody looked */
    OUTCOME_ENDED,    /* a path ends the process, or leaves by longjmp or exception, and nobody looked */
    OUTCOME_RETURNED, /* a path hands it to its caller */
    OUTCOME_DOUBTFUL, /* the same, but it may have looked at it before */
    OUTCOME_UNCLEAR,  /* a path that cannot be followed to its end */
    OUTCOMES
};

/* Of each outcome: how many paths, and of the first one the instruction that decided, and what it does, in words. */
struct walk {
    unsigned paths[OUTCOMES];
    uint64_t where[OUTCOMES];
    const char *reason[OUTCOMES]; /* "overwritten by" */
};

/* From the address to which the call returns. */
void walk__from(struct walk *walk, struct code *code, struct callees *callees, uint64_t address);

#endif
