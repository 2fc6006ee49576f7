/* Where a process is heading: which of its sites leak, and when its table of descriptors will be full.
 *
 * DESIGN. A total that rises may be load. What tells is kept in every ledger: when each resource that is held now was born,
 * and how long those lived that were given back. growth/judge.c compares the two for each site, growth/forecast.c adds up
 * the leaking ones, growth/sentences.c says why in words that a user can check. One snapshot is enough for all that; an
 * earlier one serves hysteresis alone.
 *
 * All times are nanoseconds of the ledger's clock, spans are in seconds. */
#ifndef GROWTH_H
#define GROWTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/read.h"

/* The order is that of how serious it is. Load, steady and for life are poorly told apart: say one word for them where in
 * doubt. */
enum growth_verdict {
    GROWTH_STEADY,   /* as many as before */
    GROWTH_LOAD,     /* work in progress: it comes back */
    GROWTH_FOR_LIFE, /* taken early, and kept */
    GROWTH_SUSPECT,  /* it may leak, and one look cannot tell */
    GROWTH_LEAKING
};
const char *growth__verdict_name(enum growth_verdict verdict); /* "steady", "load", "for-life", "suspect", "leaking" */

/* What one site of a process has taken, and holds. */
struct growth_site {
    uint32_t number;             /* in the ledger */
    uint32_t kind;               /* enum lw_kind */
    uint64_t first, last;        /* times of its first and its last acquisition */
    uint64_t acquired, released; /* released: those whose lifetime is known */
    uint32_t lifetimes[LW_LIFETIMES];
    uint64_t *births; /* of what is held, the oldest first */
    size_t held;
    size_t descriptors; /* that these hold: a stream has one, a thread none */
    size_t ended;       /* of them, threads that have ended and were not joined */
};

/* What stands against or for it: what growth/sentences.c tells. */
enum growth_reason {
    GROWTH_NOTHING_HELD,
    GROWTH_OLD_ONES_COME_BACK, /* what is held is no older than others were */
    GROWTH_OUTLIVES,           /* held much longer than any other, and it goes on */
    GROWTH_OUTLIVES_FEW,       /* held much longer, but few */
    GROWTH_OUTLIVES_STOPPED,   /* held much longer, but no more come */
    GROWTH_FROM_THE_START,     /* held much longer, but all were taken at the start */
    GROWTH_NEVER_EVENLY,       /* none was ever given back, and they come evenly */
    GROWTH_NEVER_FILLING,      /* none was ever given back: it may be filled, as a cache is */
    GROWTH_NEVER_ENDED,        /* threads that have ended and that nobody joins: no pool, and no cache */
    GROWTH_NEVER_REPLACING,    /* none was ever given back, but others went as these came: it may be their successor */
    GROWTH_NEVER_FEW,          /* none was ever given back: few, or all early */
    GROWTH_STILL_SO,           /* suspect now, leaking at an earlier look, and those of then are still held */
    GROWTH_KNOWN_PLATEAU       /* earlier runs went as high, and stayed there */
};

struct growth_judgement {
    enum growth_verdict verdict;
    enum growth_reason reason;
    uint64_t time;                  /* for which it was judged: now, or when the table was full */
    uint64_t beyond;                /* ns: those held for longer than this are told from load; 0: all */
    uint64_t old;                   /* how many they are */
    uint64_t came;                  /* of them, births in the window that tells whether it goes on */
    double window;                  /* seconds of it */
    double pause;                   /* seconds without a birth, up to `beyond` before now */
    uint64_t usual;                 /* ns within which nearly all were given back; 0: not known */
    double share;                   /* of those given back that were within `usual` */
    double of_limit;                /* share of the limit that it holds; 0: there is no limit */
    uint64_t plateau, plateau_runs; /* of GROWTH_KNOWN_PLATEAU */
};

/* One site of one process, judged with what else is known. limit: how many may be held at most; 0: none is known. */
struct growth_context {
    uint64_t now;
    uint64_t limit;
    const struct growth_judgement *earlier; /* of the same site at an earlier look, and … */
    uint64_t earlier_time;                  /* … when that was; NULL: there was none */
    double replaced;  /* of what came lately, the share that others made room for; 0: none, or not known */
    uint64_t plateau; /* that earlier runs stayed below, and how many these were; 0: none is known */
    uint64_t plateau_runs;
};
struct growth_judgement growth__judge(const struct growth_site *site, const struct growth_context *context);

/* When the limit is reached. */
struct growth_forecast {
    bool is_given;                  /* false: `why_not` says why */
    bool is_conditional;            /* only if what is suspect goes on */
    const char *why_not;            /* a sentence */
    double earliest, point, latest; /* seconds from now; latest may be INFINITY */
    double rate;                    /* leaked in a second, now */
    bool is_young;                  /* less than a day seen: a daily cycle is not known */
};

struct growth {
    uint64_t start, now; /* times of the process */
    uint64_t limit;      /* soft, of descriptors; 0: there is none, or it is not known */
    uint64_t open;       /* descriptors open now, that found room in the ledger */
    uint64_t lost;       /* resources that found none: what came of late may be among them */
    size_t site_count;   /* those that took something, by number */
    struct growth_site *sites;
    struct growth_judgement *judgements; /* of each site */
    struct growth_forecast forecast;     /* of descriptors; of threads and children, against their own limits, … */
    struct growth_forecast threads, children; /* … see growth__limit */
};

/* How many of a kind a process may hold: the soft limit where it takes descriptors, else what the system gives; 0: no limit. */
uint64_t growth__limit(uint32_t kind, uint64_t nofile_soft);

/* now: when that is how it is (of a process that has ended: its end). limit: RLIMIT_NOFILE's soft limit then. */
struct growth *growth__of(const struct ledger *ledger, uint64_t now, uint64_t limit);
/* The same with what else is known of each site: fills in `earlier`, `earlier_time`, `plateau` of its context. NULL: nothing. */
typedef void growth_past(void *past, const struct growth_site *site, struct growth_context *context);
struct growth *growth__of_known(const struct ledger *ledger, uint64_t now, uint64_t limit, growth_past *ask,
                                void *past);
void growth__free(struct growth *growth);
/* Of this site; NULL where it took nothing. */
const struct growth_judgement *growth__judgement(const struct growth *growth, uint32_t site);

/* Why it is judged so, in words that a user can check; to be freed. place: in growth->sites. */
char *growth__sentence(const struct growth *growth, size_t place);
/* "1,024 descriptors are reached in 9 to 14 h, most likely in 11 h"; or the pace, where it is too early to be sure; or why nothing
 * is foretold; to be freed. what: "descriptors". */
char *growth__forecast_sentence(const struct growth_forecast *forecast, uint64_t limit, const char *what);

#endif
