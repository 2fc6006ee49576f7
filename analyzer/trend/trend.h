/* Where one process, or many, are heading: what gathering.c makes of ledgers, and the formats of this room print.
 *
 * Each process is judged by growth/ on its own; here its sites are laid beside those of others. One place of a program has
 * one fingerprint in all of its processes, on all hosts: the one that a finding of its leak kind has. Lines of one function
 * may share it: each is a site of its own, by fingerprint and line. */
#ifndef TREND_H
#define TREND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "growth/growth.h"
#include "model/finding.h"
#include "store/history.h"

struct finding_kind;

struct trend_process {
    struct process process; /* who it is, how it ended, its samples; `judged` is true */
    bool is_running;
    bool counts;                     /* in sums: it runs; or none of its program does, and it is not succeeded */
    double lived;                    /* seconds, to now or to its end */
    uint64_t limit;                  /* soft, of descriptors, now or at its end; 0: not known */
    uint64_t first_limit;            /* that it started with, where that was another; 0: it was not */
    double limit_changed;            /* seconds after its start that happened last; < 0: not known */
    uint64_t open;                   /* descriptors, likewise */
    bool is_open_at_least;           /* some found no room in the ledger (process.lost), and the kernel was not asked */
    uint64_t others;                 /* of them, those that none of its sites took: inherited, or taken unseen */
    size_t leaking, suspect;         /* sites */
    struct growth_forecast forecast; /* of descriptors */
    struct growth_forecast threads, children; /* against their own limits */
    bool is_charted; /* its samples, and births of what it holds, are kept: as the worst of many have them */
};

/* What one process has of one site. */
struct trend_share {
    uint32_t process; /* number in trend.processes */
    enum growth_verdict verdict;
    uint64_t held, descriptors, acquired, released;
    double rate;    /* of what stays, in an hour: of what leaks, or is suspect */
    double *births; /* of what is held, seconds since the process's start, the oldest first; of very many a selection */
    size_t birth_count; /* 0 where its process is not charted */
};

struct trend_site {
    char fingerprint[17];
    const struct finding_kind *leak;  /* what a report calls it when it leaks */
    uint32_t kind;                    /* enum lw_kind */
    const char *call, *scope;         /* NULL: not known; the process */
    const struct stack *stack;        /* of those of this site, the one that holds most; NULL: not known */
    const struct frame *caller;       /* tells it from others that read the same; NULL: none do, or no caller differs */
    enum growth_verdict verdict;      /* the worst that one of its holders gets */
    char *sentence;                   /* why, of that process; NULL: nothing is held */
    uint32_t sentence_of;             /* which process that is */
    uint64_t held, descriptors;       /* of processes that run; where none that holds some does, of those that count */
    double rate;                      /* likewise */
    size_t holders;                   /* how many these are */
    bool is_ended;                    /* none of them runs */
    uint64_t acquired, released;      /* of all processes */
    uint64_t lifetimes[LW_LIFETIMES]; /* of what was released, all processes together */
    struct trend_share *shares;       /* of those processes that hold something of it, in their order */
    size_t share_count;
};

/* All processes of one program. */
struct trend_program {
    const char *name;
    size_t processes, running, leaking; /* leaking: processes in which a site leaks */
    uint64_t open;                      /* of those that count */
    uint32_t worst;                     /* the first of its processes in trend.processes */
};

/* Everything is in order: the worst first. */
struct trend {
    struct trend_process *processes; /* those that are succeeded (see struct process) behind all others */
    size_t process_count;
    size_t own_count, running; /* of them: those before the succeeded ones; those that run */
    struct trend_program *programs;
    size_t program_count;
    struct trend_site *sites; /* those that hold nothing come last */
    size_t site_count;
    size_t skipped;            /* processes that were not looked at: carriers, or not of --program */
    const char *const *unread; /* ledgers that could not be read back, "PATH: why" */
    size_t unread_count;
    struct history *const *histories; /* of its programs, or of all, as a store has them; none where none was asked */
    size_t history_count;
    int64_t now; /* ns since 1970 */
};

#endif
