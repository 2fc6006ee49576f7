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
    uint32_t boards;
};

struct locks locks__read(const struct inquiry *inquiry);
void locks__free(struct locks *locks);

/* The first of by_lock with this address; locks->count: there is none. */
size_t locks__find(const struct locks *locks, uint64_t lock);

/* Is it waited for, in a way that does not end by itself (or by a time-out)? NULL: the thread does not wait. */
const struct ledger_hold *locks__wait_of(const struct locks *locks, uint32_t board);

/* Of one lock: does who asks for it in this way get it only when who holds it in that way gives it back? enum lw_kind.
 * is_own: that is the same thread. */
bool locks__blocks(uint32_t asked, uint32_t held, bool is_own);

/* Does its thread wait for it, not only try it? */
bool locks__is_wait(const struct ledger_hold *hold);

/* "thread 4711 "worker"", in the room; or in the pool. */
enum { LOCKS_THREAD = 4 * LW_THREAD_NAME + 32 };
const char *locks__name(const struct lw_board *board, char text[LOCKS_THREAD]);
const char *locks__thread(const struct inquiry *inquiry, const struct lw_board *board);

/* " (teller)": what the thread of this hold runs; "" where that is not known. In the pool. */
const char *locks__routine(const struct inquiry *inquiry, const struct lw_hold *hold);

/* "process 4711 (server)", in the pool. */
const char *locks__process(const struct inquiry *inquiry);

/* " for 2.1 s"; "" where it is not known. */
enum { LOCKS_DURATION = 48 };
const char *locks__duration(const struct inquiry *inquiry, const struct lw_hold *hold, char text[LOCKS_DURATION]);

/* A finding of this kind, of the place where the lock was taken or is waited for. said: what is wrong with that. */
struct tally *locks__add(struct inquiry *inquiry, const struct ledger_hold *held, enum kind_id kind, enum level level,
                         const char *said);

/* A line of a list: this text, and the place where the lock was taken, or is waited for. */
struct tally_item locks__item(const struct inquiry *inquiry, enum fact_id as, const struct lw_hold *hold,
                              const char *text);

#endif
