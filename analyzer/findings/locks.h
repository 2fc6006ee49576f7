/* What the threads of one process hold and wait for, and the words for it. */
#ifndef LOCKS_H
#define LOCKS_H

#include "inquiry.h"
#include "ledger/boards.h"

struct locks {
    struct ledger_hold *holds; /* in the order of boards */
    size_t count, room;
    const struct ledger_hold *
        *by_lock;  /* what is held or waited for, by address; in one lock's, in the order of boards */
    size_t *waits; /* by number of a board: 1 + index of the hold that it waits for; 0: it does not */
    const struct ledger_hold **by_handle; /* those waits, by the pthread_t of who waits */
    size_t waiting;
    uint32_t boards;
};

struct locks locks__read(const struct inquiry *inquiry);
void locks__free(struct locks *locks);

/* The first of by_lock with this address; locks->count: there is none. */
size_t locks__find(const struct locks *locks, uint64_t lock);

/* The same in by_handle, of the thread that is to be joined; locks->waiting: there is none, or it does not wait. */
size_t locks__find_thread(const struct locks *locks, uint64_t handle);

/* Is it waited for, in a way that does not end by itself (or by a time-out)? NULL: the thread does not wait. */
const struct ledger_hold *locks__wait_of(const struct locks *locks, uint32_t board);

/* Does who waits get it only when this hold is given back? */
bool locks__blocks(const struct ledger_hold *wait, const struct ledger_hold *hold);

/* "thread 4711 "worker"", in the pool. */
const char *locks__thread(const struct inquiry *inquiry, const struct lw_board *board);

/* " for 2.1 s"; "" where it is not known. */
enum { LOCKS_DURATION = 48 };
const char *locks__duration(const struct inquiry *inquiry, const struct lw_hold *hold, char text[LOCKS_DURATION]);

/* A finding of this kind, of the place where the lock was taken or is waited for. said: what is wrong with that. */
struct tally *locks__add(struct inquiry *inquiry, const struct lw_hold *hold, enum kind_id kind, enum level level,
                         const char *said);

/* A line of a list: this text, and the place where the lock was taken, or is waited for. */
struct tally_item locks__item(const struct inquiry *inquiry, enum fact_id as, const struct lw_hold *hold,
                              const char *text);

#endif
