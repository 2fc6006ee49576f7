/* Locks on files: by flock, by fcntl and lockf, which know ranges. A wait is on the thread's board while it lasts. What fcntl
 * is passed may be any address: it is read by the kernel first. */
#ifndef __NO_INLINE__
#define __NO_INLINE__ 1 /* the header's own definitions of some would stand in the way */
#endif

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "locks.h"
#include "shared.h"
#include "system/system.h"

#define TO_THE_END ((uint64_t)INT64_MAX)

struct asking {
    uint32_t hook;
    const void *frame;
    struct lw_file_lock wanted;
    struct lw_taking taking;
    uint32_t row; /* 0: it is not recorded */
};

/* Where it is called from: known, or looked at, on the thread's board. */
static bool place(struct asking *asking, uint32_t how)
{
    return lw_take_begin(&asking->taking, (const void *)(uintptr_t)asking->row, asking->hook, LW_FILE_LOCK, how,
                         asking->frame);
}

/* It is asked for, and may have to be waited for. */
static void begin(struct asking *asking)
{
    int error = errno;
    asking->row = lw_board_here() || lw_board_begin(NULL, LW_FILE_LOCK, 0) ? lw_file_lock_ask(&asking->wanted) : 0;
    if (asking->row && !place(asking, 0)) {
        lw_file_lock_missed(asking->row);
        asking->row = 0;
    }
    errno = error;
}

static void end(struct asking *asking, bool got)
{
    int error = errno;
    if (!asking->row)
        return;
    lw_take_over(&asking->taking);
    if (got)
        lw_file_lock_got(asking->row, asking->taking.place->site);
    else
        lw_file_lock_missed(asking->row);
    errno = error;
}

/* Got at once. */
static void note(struct asking *asking)
{
    int error = errno;
    asking->row = lw_board_here() || lw_board_begin(NULL, LW_FILE_LOCK, 0) ? lw_file_lock_ask(&asking->wanted) : 0;
    if (asking->row && place(asking, LW_WAIT_NEVER))
        end(asking, true);
    else if (asking->row)
        lw_file_lock_missed(asking->row);
    errno = error;
}

static bool enters(uint32_t hook, const void *frame)
{
    struct lw_call call;
    return lw_locking && !lw_strict && lw_enter(&call, hook, frame);
}

/* Is it to fail without being made? Sets errno. */
static bool is_refused(uint32_t hook, const void *frame)
{
    struct lw_call call;
    return __builtin_expect(lw_injecting, 0) && lw_enter(&call, hook, frame) && lw_inject(&call, NULL);
}

/* ---- flock ---- */

/* Whose lock is given back? */
static bool is_known_given(struct lw_file_lock *given)
{
    return lw_file_locks && (lw_file_lock_given(given) || lw_file_lock_of(given, NULL));
}

LW_COLD int flock_slowly(const void *frame, int fd, int operation)
{
    int how = operation & ~LOCK_NB, error = errno;
    struct asking asking = {.hook = LW_HOOK_flock,
                            .frame = frame,
                            .wanted = {.number = fd, .way = LW_FLOCK, .exclusive = how == LOCK_EX, .last = TO_THE_END}};
    bool known = how == LOCK_UN ? is_known_given(&asking.wanted) : lw_file_lock_of(&asking.wanted, NULL);
    bool waits = known && how != LOCK_UN && how == operation;
    errno = error;
    if (waits)
        begin(&asking);
    int result = LW_REAL(flock)(fd, operation);
    if (waits)
        end(&asking, result == 0);
    else if (known && result == 0 && how == LOCK_UN)
        lw_file_lock_gave(&asking.wanted);
    else if (known && result == 0)
        note(&asking);
    return result;
}

LW_EXPORT int flock(int fd, int operation)
{
    int how = operation & ~LOCK_NB, result;
    LW_INJECTABLE(flock);
    if (how != LOCK_UN && is_refused(LW_HOOK_flock, LW_FRAME))
        return -1;
    if ((how == LOCK_SH || how == LOCK_EX || how == LOCK_UN) && enters(LW_HOOK_flock, LW_FRAME))
        result = LW_SLOWLY(flock_slowly(LW_FRAME, fd, operation));
    else
        result = LW_REAL(flock)(fd, operation);
    LW_LOOK_IF(result == -1, flock, fd);
    return result;
}

/* ---- Ranges ---- */

static bool range_of(struct lw_file_lock *wanted, const struct flock *range, int64_t size)
{
    int64_t start = range->l_start, from = 0;
    if (range->l_whence == SEEK_CUR)
        from = lw_system3(SYS_lseek, wanted->number, 0, SEEK_CUR);
    else if (range->l_whence == SEEK_END)
        from = size;
    if (from < 0 || __builtin_add_overflow(start, from, &start))
        return false;
    int64_t last = INT64_MAX;
    if (range->l_len > 0 && __builtin_add_overflow(start, range->l_len - 1, &last))
        last = INT64_MAX;
    if (range->l_len < 0) {
        last = start - 1;
        start += range->l_len;
    }
    wanted->first = (uint64_t)start;
    wanted->last = (uint64_t)last;
    return start >= 0 && last >= start;
}

static bool is_known(struct asking *asking, const struct flock *range)
{
    int64_t size = 0;
    asking->wanted.exclusive = range->l_type == F_WRLCK;
    if (range->l_type == F_UNLCK && range->l_whence != SEEK_END)
        return is_known_given(&asking->wanted) && range_of(&asking->wanted, range, size);
    return (range->l_type != F_UNLCK || lw_file_locks) &&
           lw_file_lock_of(&asking->wanted, range->l_whence == SEEK_END ? &size : NULL) &&
           range_of(&asking->wanted, range, size);
}

/* It has succeeded, or is over. */
static void finish(struct asking *asking, const struct flock *range)
{
    int error = errno;
    bool known = is_known(asking, range);
    errno = error;
    if (known && range->l_type == F_UNLCK)
        lw_file_lock_gave(&asking->wanted);
    else if (known)
        note(asking);
}

static bool waits(struct asking *asking, const struct flock *range)
{
    int error = errno;
    bool known = range->l_type != F_UNLCK && is_known(asking, range);
    errno = error;
    if (known)
        begin(asking);
    return known;
}

bool lw_control_locks(int command)
{
    return command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK || command == F_OFD_SETLKW;
}

/* It stands in a variable of the caller's, nearly always: what is in the page of the hook's own frame, and behind that, can
 * be read without asking. */
static bool copy_range(struct flock *to, const void *passed, const void *frame)
{
    uintptr_t first = (uintptr_t)passed, here = (uintptr_t)frame, end = (here | (LW_PAGE - 1)) + 1;
    if (first < here || first >= end || sizeof *to > end - first)
        return lw_copy_in(to, passed, sizeof *to);
    memcpy(to, passed, sizeof *to);
    return true;
}

int lw_control_lock(const struct lw_control *control, int (*real)(int, int, ...))
{
    struct asking asking = {.hook = control->hook, .frame = control->frame, .wanted = {.number = control->fd}};
    const void *passed = (const void *)control->argument;
    struct flock range;
    int command = control->command, error = errno;
    asking.wanted.way = command == F_SETLK || command == F_SETLKW ? LW_RECORD_LOCK : LW_OFD_LOCK;
    bool recorded = enters(control->hook, control->frame);
    bool blocks =
        recorded && (command == F_SETLKW || command == F_OFD_SETLKW) && copy_range(&range, passed, control->frame);
    errno = error;
    bool waiting = blocks && waits(&asking, &range);
    int result = real(control->fd, command, control->argument);
    if (waiting) {
        end(&asking, result == 0);
    } else if (recorded && result == 0) {
        memcpy(&range, passed, sizeof range); /* which the kernel has read */
        finish(&asking, &range);
    }
    return result;
}

/* ---- lockf, which is fcntl's by another name ---- */

LW_COLD int lockf_slowly(const struct lw_control *control, int (*real)(int, int, off_t))
{
    struct asking asking = {
        .hook = control->hook, .frame = control->frame, .wanted = {.number = control->fd, .way = LW_RECORD_LOCK}};
    struct flock range = {
        .l_type = control->command == F_ULOCK ? F_UNLCK : F_WRLCK, .l_whence = SEEK_CUR, .l_len = control->argument};
    bool waiting = control->command == F_LOCK && waits(&asking, &range);
    int result = real(control->fd, control->command, control->argument);
    if (waiting)
        end(&asking, result == 0);
    else if (result == 0)
        finish(&asking, &range);
    return result;
}

#define LOCK(symbol, offset)                                                                                           \
    LW_EXPORT int symbol(int fd, int command, offset length)                                                           \
    {                                                                                                                  \
        int result;                                                                                                    \
        LW_INJECTABLE(symbol);                                                                                         \
        if (command != F_ULOCK && command != F_TEST && is_refused(LW_HOOK_##symbol, LW_FRAME))                         \
            return -1;                                                                                                 \
        if (__builtin_expect(lw_reusing_late, 0))                                                                      \
            lw_locks_records();                                                                                        \
        if ((command == F_LOCK || command == F_TLOCK || command == F_ULOCK) && enters(LW_HOOK_##symbol, LW_FRAME))     \
            result = LW_SLOWLY(lockf_slowly((&(struct lw_control){LW_HOOK_##symbol, LW_FRAME, fd, command, length}),   \
                                            LW_REAL(symbol)));                                                         \
        else                                                                                                           \
            result = LW_REAL(symbol)(fd, command, length);                                                             \
        LW_LOOK_IF(result == -1, symbol, fd);                                                                          \
        return result;                                                                                                 \
    }

LOCK(lockf, off_t)
LOCK(lockf64, off64_t)
