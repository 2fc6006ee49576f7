/* Lanes, the counters of one thread each: a part of the ledger's format, which ledger.h describes. */
#ifndef LEAKWATCH_LEDGER_LANES_H
#define LEAKWATCH_LEDGER_LANES_H

#include <stdbool.h>
#include <stdint.h>

#define LW_SEGMENTS 20   /* of a table, and of what a lane counts for the rows of one */
#define LW_LANES 1024u   /* the last one is shared by all threads that found none free */
#define LW_LIFETIMES 32u /* see lw_power; in nanoseconds, from 2^22 (4 ms) on */
#define LW_LIFETIME_SHIFT 22u

/* The class in histograms of powers of two: [0]: below 2^shift, [k]: below 2^(shift+k), the last: all larger. */
static inline uint32_t lw_power(uint64_t value, uint32_t shift, uint32_t classes)
{
    uint64_t units = value >> shift;
    uint32_t power = units ? 64u - (uint32_t)__builtin_clzll(units) : 0;
    return power < classes ? power : classes - 1;
}

struct lw_site_count {
    uint64_t acquired;
    uint64_t released;  /* of what this site acquired, whoever released it */
    uint64_t failed;    /* calls from here that acquired nothing */
    uint64_t last_time; /* of the last acquisition */
    uint64_t peak;      /* highest acquired - released of this lane: exact if one thread does both */
    uint64_t unseen;    /* gone without a release that was seen (see LW_HEALED) */
    uint64_t unused[2];
    uint32_t lifetimes[LW_LIFETIMES]; /* stop at 2^32-1 */
};
#define LW_DURATIONS 40u     /* see lw_power; in ticks of the processor's clock */
#define LW_DURATION_SHIFT 8u /* see lw_header.clock_first for what a tick is */
/* A scope by its path. What is still inside: entered - ended. */
struct lw_scope_count {
    uint64_t entered;
    uint64_t ended;
    uint64_t failed; /* of ended: had been marked failed */
    uint64_t left;   /* of ended: with something still held */
    uint64_t most;   /* held at once by one entry */
    uint64_t ticks;  /* from begin to end, added up */
    uint64_t clean;  /* of ended: neither failed nor with anything still held */
    uint64_t unused;
    uint32_t durations[LW_DURATIONS]; /* stop at 2^32-1 */
};
#define LW_SCOPE_COUNT_FIRST 8u    /* elements of segment 0 of lw_lane.scopes */
#define LW_SITE_COUNT_FIRST 16u    /* elements of segment 0 of lw_lane.sites */
#define LW_RELEASE_COUNT_FIRST 64u /* elements of segment 0 of lw_lane.releases: uint64_t */

/* What the end of a process found of a lane's thread (since minor 1). */
enum lw_fate {
    LW_FATE_UNKNOWN = 0, /* nobody looked, or it began after that */
    LW_FATE_GONE,        /* it had ended */
    LW_FATE_RAN,         /* it still ran */
    LW_FATE_ENDED_ALL    /* it was the one that ended the process */
};
struct lw_lane {
    uint32_t thread;                /* who has it now; 0: nobody */
    uint32_t fate;                  /* enum lw_fate */
    uint64_t opened, closed;        /* descriptors, whatever their site */
    uint64_t stacks_remembered;     /* how each stack was found: compared, */
    uint64_t stacks_full;           /* unwound and learnt, */
    uint64_t stacks_unlearnt;       /* unwound, but of a shape that cannot be remembered, */
    uint64_t stacks_bare;           /* or not at all: the return address alone */
    uint64_t checks, differences;   /* remembered stacks that were unwound again, and how many differed */
    uint64_t sites[LW_SEGMENTS];    /* offset of segments of struct lw_site_count, numbered as the sites */
    uint64_t releases[LW_SEGMENTS]; /* offset of segments of uint64_t counts, numbered as the releases */
    uint64_t scopes[LW_SEGMENTS];   /* offset of segments of struct lw_scope_count, numbered as the scopes */
};

#endif
