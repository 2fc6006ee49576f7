/* What a store keeps of one look at one process, gathered from its ledger: nothing here knows of a database. */
#ifndef STORE_RUN_H
#define STORE_RUN_H

#include "growth/growth.h"
#include "ledger/read.h"
#include "model/finding.h"
#include "symbol/stacks.h"

struct pool;

/* Stacks of one fingerprint (other lines of the same functions) are one. Texts are as they are shown. */
struct run_site {
    char fingerprint[17];
    const char *kind, *call, *scope, *place, *module; /* "": not known */
    uint64_t acquired, released, held, peak;
    int64_t oldest;              /* birth of what is held longest, ns since 1970; 0: nothing is held */
    enum growth_verdict verdict; /* the worst of its stacks */
    const char *reason;          /* why; "" where nothing is wrong */
    double rate;                 /* of what stays, in an hour: of what leaks, or is suspect */
    uint64_t beyond, old;        /* as in growth_judgement: what a later look compares with */
};

struct run_finding {
    const char *fingerprint, *kind;
    enum level level;
    uint64_t count;
};

struct run {
    const char *program, *build;
    const char *executable, *path; /* the last name of its path */
    const char *host, *ledger, *how;
    uint32_t pid, image;
    uint64_t start_ticks;
    int64_t start, moment; /* ns since 1970; moment: of the look, its end where it has ended */
    int status;
    uint64_t nofile_soft, nofile_hard, peak, open;
    struct run_site *sites;
    size_t site_count, site_room;
    struct run_finding *findings;
    size_t finding_count, finding_room;
};

/* What only the ledger tells, with the time of the ledger at which that is how it is. The stacks and the pool must outlive
 * the run. */
struct run_source {
    const struct ledger *ledger;
    uint64_t moment;
    struct symbols *symbols;
    struct stacks *stacks;
    struct pool *pool;
};
struct run *run__of(const struct run_source *source);
/* The rest: what a report says of its process, with this number, and what was found in it. */
void run__complete(struct run *run, const struct report *report, uint32_t process, struct pool *pool);
void run__free(struct run *run);

/* A number that is equal for looks that saw the same. */
int64_t run__digest(const struct run *run);

#endif
