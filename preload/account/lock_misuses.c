/* Misuses of locks, told by their results and by what the C library has written into them.
 *
 * DESIGN. A board says only what was seen: a lock may have been taken before there was a ledger, by code that no hook sees,
 * or in the process before fork. So nobody is accused by what a board lacks, but by an error of the call itself, or by the
 * words of a lock that say that nobody has it, or who. */
#include "lock_misuses.h"

#include <errno.h>

#include "account.h"
#include "misuses.h"
#include "scope/scope.h"

static const struct lw_owner_found nobody = {NULL, NULL};

static bool open_record(struct lw_record *record, struct lw_call *event, const struct lw_lock_call *call)
{
    return lw_enter(event, call->hook, call->frame) && lw_record_open(record, event, true);
}

static void write_misuse(struct lw_record *record, struct lw_misuse *key)
{
    struct lw_misuse *row = lw_element(LW_MISUSES, lw_note_misuse(record, key, NULL));
    if (!row)
        return;
    row->victim_thread = key->victim_thread;
    row->resource = key->resource;
}

/* Writes down that the call was wrong. owner: who has the lock, as far as boards say; thread: as far as the lock says. */
static void misused(const struct lw_lock_call *call, enum lw_misuse_kind kind, struct lw_owner_found owner,
                    uint32_t thread, int error)
{
    struct lw_call event;
    struct lw_record record;
    int before = errno;
    if (open_record(&record, &event, call)) {
        write_misuse(&record, &(struct lw_misuse){.kind = kind,
                                                  .site = owner.hold ? owner.hold->site : 0,
                                                  .victim_thread = owner.board ? owner.board->thread : thread,
                                                  .resource = call->kind,
                                                  .handle = (uint64_t)call->lock,
                                                  .error = error});
        lw_record_close(&record);
    }
    errno = before;
}

/* A failure that the program was told of, and may not have looked at. */
static void failed(const struct lw_lock_call *call, struct lw_owner_found owner, int error)
{
    struct lw_call event;
    struct lw_record record;
    int before = errno;
    if (open_record(&record, &event, call)) {
        lw_note_failure(&record, LW_FAILED_USE, error, owner.hold ? owner.hold->site : 0, (uint64_t)call->lock, NULL);
        lw_record_close(&record);
    }
    errno = before;
}

void lw_lock_given_late(const struct lw_lock_call *call, const struct lw_hold *hold)
{
    struct lw_call event;
    struct lw_record record;
    int before = errno;
    if (open_record(&record, &event, call)) {
        lw_left_lock_released(&record, hold);
        lw_record_close(&record);
    } else
        lw_left_lock_released(NULL, hold);
    errno = before;
}

static struct lw_owner_found own(const void *lock)
{
    struct lw_board *board = lw_board_here();
    struct lw_hold *hold = board ? lw_hold_of(board, lock) : NULL;
    return (struct lw_owner_found){hold ? board : NULL, hold};
}

static bool is_destroyed(const struct lw_lock_call *call)
{
    return call->kind == LW_MUTEX && lw_words_known && lw_mutex_is_destroyed(call->lock);
}

void lw_take_failed(const struct lw_lock_call *call, int error)
{
    switch (error) {
    case EBUSY:
    case ETIMEDOUT:
    case EAGAIN:
    case EINTR:
        return;
    case EOWNERDEAD:
        misused(call, LW_LOCK_OWNER_DIED, lw_dead_owner_of(call->lock), 0, error);
        return;
    case EDEADLK:
        misused(call, LW_LOCK_TWICE, own(call->lock), 0, error);
        break;
    default: /* C11 does not say which error it is */
        if (is_destroyed(call))
            misused(call, LW_LOCK_USED_DESTROYED, nobody, 0, error);
        break;
    }
    failed(call, own(call->lock), error);
}

void lw_take_refused(const struct lw_lock_call *call, int error)
{
    if (error != EBUSY && error != ETIMEDOUT)
        failed(call, nobody, error);
}

/* ---- Given back ---- */

void lw_lock_destroyed(struct lw_hold *hold)
{
    if (hold)
        lw_hold_taken_away(hold);
}

/* What its words say of a mutex that this thread gives back, and that is not on its board. */
static void judge(const struct lw_lock_call *call, bool was_free, uint32_t owner, int error)
{
    if (owner == lw_thread_id(&lw_thread))
        return; /* taken before this thread had a board */
    if (was_free) {
        misused(call, LW_LOCK_NOT_HELD, nobody, 0, error);
        return;
    }
    struct lw_owner_found other = owner ? lw_owner_of(call->lock, owner) : nobody;
    if (!other.hold || (!error && !lw_hold_taken_away(other.hold)))
        return;
    if (!error && lw_hold_is_left(other.hold))
        lw_lock_given_late(call, other.hold);
    misused(call, LW_LOCK_ANOTHERS, other, owner, error);
}

int lw_give_unknown_mutex(const struct lw_lock_call *call, int (*give)(pthread_mutex_t *), int (*error_of)(int))
{
    pthread_mutex_t *mutex = (pthread_mutex_t *)(uintptr_t)call->lock;
    bool destroyed = is_destroyed(call), was_free = lw_mutex_word(mutex) == 0;
    uint32_t owner = lw_mutex_owner(mutex);
    int result = give(mutex), error = error_of(result);
    if (!lw_words_known)
        return result;
    if (destroyed)
        misused(call, LW_LOCK_USED_DESTROYED, nobody, 0, error);
    else
        judge(call, was_free, owner, error);
    if (error)
        failed(call, nobody, error);
    return result;
}

void lw_give_failed(const struct lw_lock_call *call, int error)
{
    struct lw_owner_found mine = own(call->lock);
    if (is_destroyed(call)) {
        misused(call, LW_LOCK_USED_DESTROYED, mine, 0, error);
        lw_lock_destroyed(mine.hold); /* nobody gives that back */
    }
    failed(call, mine, error);
}

int lw_give_unknown_rwlock(const struct lw_lock_call *call, int (*give)(pthread_rwlock_t *))
{
    pthread_rwlock_t *lock = (pthread_rwlock_t *)(uintptr_t)call->lock;
    bool was_free = lw_words_known && lw_rwlock_is_free(lock);
    uint32_t writer = lw_words_known ? lw_rwlock_writer(lock) : 0;
    struct lw_owner_found other = writer && writer != lw_thread_id(&lw_thread) ? lw_owner_of(lock, writer) : nobody;
    int result = give(lock);
    if (was_free)
        misused(call, LW_LOCK_NOT_HELD, nobody, 0, result);
    else if (other.hold && other.hold->kind == LW_WRITE_LOCK)
        misused(call, LW_LOCK_ANOTHERS, other, writer, result);
    return result;
}

/* Its word says nothing of who has it. */
int lw_give_unknown_spinlock(const struct lw_lock_call *call, int (*give)(pthread_spinlock_t *))
{
    pthread_spinlock_t *lock = (pthread_spinlock_t *)(uintptr_t)call->lock;
    bool was_free = !lw_spinlock_is_held(lock);
    int result = give(lock);
    if (was_free)
        misused(call, LW_LOCK_NOT_HELD, nobody, 0, result);
    return result;
}

/* ---- Destroyed, initialised ---- */

/* destroy itself says EBUSY of most mutexes; robust ones are destroyed all the same. */
struct lw_hold *lw_mutex_destroying(const struct lw_lock_call *call)
{
    const pthread_mutex_t *mutex = call->lock;
    if (!lw_words_known)
        return NULL;
    uint32_t owner = lw_mutex_owner(mutex);
    struct lw_owner_found found = nobody;
    if (is_destroyed(call)) {
        misused(call, LW_LOCK_DESTROYED_TWICE, nobody, 0, 0);
    } else if (lw_mutex_word(mutex) != 0 && owner) {
        found = lw_owner_of(mutex, owner);
        misused(call, LW_LOCK_DESTROYED_HELD, found, owner, 0);
    } else if (lw_waiting_for(mutex)) {
        misused(call, LW_LOCK_DESTROYED_AWAITED, nobody, 0, 0);
    }
    return found.hold;
}

/* Of others it reads nothing, so nor do we, unless their address is that of a lock that some thread has. */
static void destroying(const struct lw_lock_call *call, bool (*is_held)(const void *))
{
    struct lw_owner_found owner = lw_words_known ? lw_owner_of(call->lock, 0) : nobody;
    if (!owner.hold || !is_held(call->lock))
        return;
    misused(call, LW_LOCK_DESTROYED_HELD, owner, 0, 0);
    lw_lock_destroyed(owner.hold);
}

static bool rwlock_is_held(const void *lock)
{
    return !lw_rwlock_is_free(lock);
}

static bool spinlock_is_held(const void *lock)
{
    return lw_spinlock_is_held(lock);
}

void lw_rwlock_destroying(const struct lw_lock_call *call)
{
    destroying(call, rwlock_is_held);
}

void lw_spinlock_destroying(const struct lw_lock_call *call)
{
    destroying(call, spinlock_is_held);
}

/* The C library waits for them, and so for ever if nobody is to wake them. */
void lw_condition_destroying(const struct lw_lock_call *call)
{
    if (lw_condition_waiters(call->lock) && lw_waiting_for(call->lock))
        misused(call, LW_LOCK_DESTROYED_AWAITED, nobody, 0, 0);
}

void lw_barrier_destroying(const struct lw_lock_call *call)
{
    if (lw_barrier_waiters(call->lock) && lw_waiting_for(call->lock))
        misused(call, LW_LOCK_DESTROYED_AWAITED, nobody, 0, 0);
}

void lw_lock_initialising(const struct lw_lock_call *call)
{
    struct lw_owner_found mine = own(call->lock);
    if (!mine.hold)
        return;
    misused(call, LW_LOCK_INITIALISED_HELD, mine, 0, 0);
    mine.hold->state = LW_HOLD_GONE;
    lw_board_trim(mine.board);
}

void lw_mutex_waiting(const struct lw_lock_call *call)
{
    const pthread_mutex_t *mutex = call->lock;
    uint32_t owner = lw_mutex_owner(mutex);
    if (!lw_words_known || owner == lw_thread_id(&lw_thread))
        return;
    if (lw_mutex_word(mutex) == 0)
        misused(call, LW_LOCK_WAIT_WITHOUT, nobody, 0, 0);
    else if (owner)
        misused(call, LW_LOCK_WAIT_WITHOUT, lw_owner_of(mutex, owner), owner, 0);
}
