/* Writes that a program believes in and that never arrived: errors of streams that nobody was told of.
 *
 * DESIGN. fclose says nothing of an error that an earlier write had, so a stream's error flag is read before it is closed.
 * What is still in streams at exit is written by the C library when nobody looks any more. The handler that runs last of
 * all writes it a moment earlier, in the same order (the C library's own list), and looks at the result. Only what has
 * something to write is touched, and nothing whose lock another thread holds. With other threads alive the list may
 * change underfoot, so then only standard output and standard error are looked at, which never go away. */
#include "lost_writes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio_ext.h>
#include <sys/stat.h>

#include "account.h"
#include "process/process.h"
#include "real/real.h"
#include "record.h"
#include "system/system.h"
#include "wake/wake.h"

extern FILE *lw_all_streams __asm__("_IO_list_all"); /* newest first, standard input last */

/* ---- At close ---- */

static bool is_standard(const FILE *stream)
{
    return stream == stdout || stream == stderr;
}

static LW_START_CODE struct lw_slot *slot_of(const FILE *stream)
{
    uint32_t number;
    uint64_t word;
    struct lw_slot *slot = lw_keeping() ? lw_handle_slot((uint64_t)stream, &number, &word) : NULL;
    return slot && lw_is_held(word) ? slot : NULL;
}

/* Standard output and error have no slot: two flags of their own. */
static LW_START_DATA bool looked_at[2];

static bool has_looked(const FILE *stream, const struct lw_slot *slot)
{
    return slot ? slot->flags & LW_LOOKED : is_standard(stream) && looked_at[stream == stderr];
}

void lw_error_looked_at(const FILE *stream)
{
    struct lw_slot *slot = slot_of(stream);
    if (slot)
        __atomic_fetch_or(&slot->flags, LW_LOOKED, __ATOMIC_RELAXED);
    else if (is_standard(stream))
        looked_at[stream == stderr] = true;
}

/* freopen writes what the stream still has, and says nothing of how that went. So it is written a moment earlier. */
void lw_stream_reopening(struct lw_call *call, FILE *stream)
{
    int error = errno;
    if ((slot_of(stream) || is_standard(stream)) && __fwriting(stream) && __fpending(stream) > 0)
        LW_REAL(fflush)(stream);
    errno = error;
    lw_stream_closing(call, stream);
}

void lw_stream_closing(struct lw_call *call, FILE *stream)
{
    const struct lw_slot *slot = slot_of(stream);
    if (!slot && !is_standard(stream))
        return; /* whatever it is, it must not be touched */
    call->lost = ferror_unlocked(stream) && !has_looked(stream, slot);
    call->standard = !slot;
    if (call->standard)
        call->handle = (uint64_t)(stream == stdout ? 1 : 2);
}

void lw_failed_write(struct lw_call *call, const FILE *stream)
{
    int error = errno;
    const struct lw_slot *slot = slot_of(stream);
    uint64_t handle = slot ? slot->handle : stream == stdout ? 1 : 2;
    struct lw_record record;
    if ((slot || is_standard(stream)) && lw_record_open(&record, call, true)) {
        lw_note_failure(&record, LW_FAILED_WRITE, error, slot ? slot->site : 0, handle, slot);
        lw_record_close(&record);
    }
    errno = error;
}

static LW_START_DATA bool lost_before_exit; /* with a stream whose release said that all is well */

void lw_lost_write(struct lw_call *call, int result, uint32_t site)
{
    int error = errno;
    if (result == 0)
        lost_before_exit = true;
    struct lw_record record;
    if (lw_record_open(&record, call, true)) {
        lw_note_failure(&record, LW_LOST_WRITE, result == 0 ? 0 : error, site, call->handle,
                        call->owner.slot ? call->owner.slot : call->fd.slot);
        lw_record_close(&record);
    }
    errno = error;
}

/* ---- At exit ---- */

enum { STANDARD = 3 };

/* The streams that there are, if these are standard ones alone, which no other thread can take away; -1: there are more. */
static LW_START_CODE int only_standard(FILE *found[STANDARD])
{
    int count = 0;
    for (FILE *stream = lw_all_streams; stream; stream = stream->_chain) {
        if (count == STANDARD || (!is_standard(stream) && stream != stdin))
            return -1;
        found[count++] = stream;
    }
    return count;
}

/* Without opening anything: a directory has a link more for each directory in it. */
static bool is_alone(void)
{
    struct stat tasks;
    return lw_system4(SYS_newfstatat, AT_FDCWD, "/proc/self/task", &tasks, 0) == 0 && tasks.st_nlink == 3;
}

static uint64_t number_below(const FILE *stream, const struct lw_slot *slot)
{
    if (slot)
        return (uint64_t)(int64_t)slot->number;
    return stream == stdout ? 1 : stream == stderr ? 2 : UINT64_MAX;
}

static LW_START_DATA int exit_status;

static void note_unflushed(FILE *stream, int error)
{
    struct lw_thread *thread = lw_present(true);
    const struct lw_slot *slot = slot_of(stream);
    if (!thread)
        return;
    struct lw_record record = {.thread = thread, .now = lw_now(), .call = lw_name("exit", 4)};
    uint64_t handle = number_below(stream, slot);
    struct lw_failure *row = lw_note_failure(&record, LW_LOST_WRITE, error, slot ? slot->site : 0, handle, slot);
    if (row)
        row->status = exit_status;
}

/* An error that was there before counts too: nobody has closed the stream, and so nobody was told. */
static LW_START_CODE bool flush(FILE *stream)
{
    const struct lw_slot *slot = slot_of(stream);
    bool pending = __fwriting(stream) && __fpending(stream) > 0;
    bool failed = ferror_unlocked(stream) && !has_looked(stream, slot) && __fwritable(stream);
    int error = 0;
    if ((!pending && !failed) || LW_REAL(ftrylockfile)(stream) != 0)
        return false;
    if (pending && LW_REAL(fflush_unlocked)(stream) != 0) {
        error = errno;
        failed = true;
    }
    LW_REAL(funlockfile)(stream);
    if (failed)
        note_unflushed(stream, error);
    return failed;
}

static bool flush_all(void)
{
    bool lost = false;
    for (FILE *stream = lw_all_streams; stream; stream = stream->_chain)
        lost |= flush(stream);
    return lost;
}

LW_START_CODE bool lw_flush_at_exit(int status)
{
    exit_status = status;
    if (lw_strict || lw_thread.busy || !lw_awake())
        return lost_before_exit;
    bool lost = lost_before_exit;
    FILE *standard[STANDARD];
    int count = only_standard(standard);
    if (count < 0 && is_alone())
        return flush_all() || lost;
    if (count < 0) {
        standard[0] = stderr;
        standard[1] = stdout;
        count = 2;
    }
    for (int i = 0; i < count; i++)
        lost |= flush(standard[i]);
    return lost;
}
