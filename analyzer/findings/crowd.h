/* Threads of all processes that wait for a lock, with what they hold: kept when their ledgers are closed, and looked up by
 * what may lead from one who waits to one who holds. */
#ifndef CROWD_H
#define CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inquiry.h"

enum { CROWD_FRAMES = 16 };

/* What a thread waits for, or holds. */
struct crowd_lock {
    uint64_t lock, since; /* as in struct lw_hold */
    uint32_t kind;        /* enum lw_kind */
    uint32_t stack;       /* its number in all ledgers */
    const char *call, *duration;
    const char *what;         /* "mutex", "exclusive lock on /run/a.lock" */
    struct lw_file_lock file; /* of LW_FILE_LOCK */
};

struct party {
    uint32_t process; /* its number in the report */
    uint32_t pid, parent, thread;
    uint32_t owner;      /* who has what it waits for, which may be another process's; 0: it is not */
    uint32_t lost_owner; /* who has had it since before fork, and is no thread of this process; 0: it is not that */
    bool is_behind;      /* it reads what it waits to read once more, behind a writer who waits */
    bool is_timed;
    bool is_alone;       /* its process has no other thread that could give back what is the process's */
    uint64_t handle;     /* its pthread_t */
    uint64_t born, died; /* its process, as in struct life */
    const char *name, *routine, *process_name, *host, *scope, *program; /* routine: " (teller)", or "" */
    double age;                                                         /* of its wait */
    struct crowd_lock wait;
    uint64_t needs; /* the lock that it must get before it goes on; of a thread that it is to join, the pthread_t */
    uint32_t needs_kind; /* of a wait for a condition, that of its mutex */
    struct crowd_lock *holds;
    size_t hold_count;
    uint64_t place[CROWD_FRAMES]; /* where it waits: addresses that are the same in each run */
};

struct crowd;

/* What this hold of the open ledger is, in all ledgers. */
struct crowd_lock crowd__lock(const struct inquiry *inquiry, const struct lw_hold *hold);

struct crowd *crowd__new(void);
void crowd__free(struct crowd *crowd);

/* Those of this ledger of which it is certain that they wait. */
void crowd__add(struct crowd *crowd, const struct inquiry *inquiry);

/* What a thread of this process's parent held when it was forked, and has not given back since: where it was taken. NULL:
 * that is not known. */
struct crowd_taken {
    uint32_t pid, thread;
    uint64_t time; /* CLOCK_MONOTONIC, ns */
    const char *name, *process_name, *host;
    struct crowd_lock lock;
};
const struct crowd_taken *crowd__left_by_parent(const struct crowd *crowd, const struct party *party);

/* Everybody is there. */
void crowd__close(struct crowd *crowd);

size_t crowd__count(const struct crowd *crowd);
const struct party *crowd__party(const struct crowd *crowd, size_t number);

/* Who is next of those that this one waits for, and what each holds that blocks it. */
struct crowd_search {
    size_t from; /* who waits */
    unsigned phase;
    size_t next; /* 0: at the beginning */
};
struct crowd_holder {
    size_t party;
    const struct crowd_lock *hold; /* NULL: what is waited for is its end; or it is only ahead of who reads twice */
    uint64_t apart;                /* the lock's address at the holder's minus that at the one who waits */
};
bool crowd__next(const struct crowd *crowd, struct crowd_search *search, struct crowd_holder *holder);

#endif
