/* Calls on what has been closed.
 *
 * DESIGN. EBADF has other reasons than a number that is closed: it may be open for another kind of access. So the slot must
 * say that its release was seen, and the kernel that the number is closed now. Whose release was a bulk close, nobody may
 * have told them. A place that asks number after number, among them some that were never open, asks which of them are: it is
 * written down as one that probes (LW_PROBES), and the reader believes nothing else of it. The standard numbers are left
 * out: what daemons close there, libraries go on to write to. */
#include "uses.h"

#include <errno.h>
#include <fcntl.h>

#include "account.h"
#include "child_misuses.h"
#include "misuses.h"
#include "process/process.h"
#include "system/system.h"

#define PROBE 4u            /* calls in a row */
#define PROBE_NEVER_OPEN 2u /* among them */
#define LOOP 1024u          /* bytes of code, as in misuses.c */
#define STANDARD 2          /* the highest of the standard numbers */

static bool is_closed(int fd)
{
    return lw_strict || lw_system2(SYS_fcntl, fd, F_GETFD) == -EBADF;
}

/* Its release is known, and was meant for it alone. */
static bool is_known_as_closed(const struct lw_slot *slot)
{
    return slot && lw_state(lw_word(slot)) == LW_FREE && !(slot->flags & (LW_SWEPT | LW_HIT));
}

static bool is_probe(const struct lw_thread *thread)
{
    return thread->asked_length >= PROBE && thread->asked_new >= PROBE_NEVER_OPEN;
}

static bool completes_a_probe(const struct lw_call *call, int fd, bool ever_open)
{
    struct lw_thread *thread = &lw_thread;
    uint64_t place = LW_CALLER_PC(call->frame), stack = LW_CALLER_SP(call->frame);
    int64_t step = (int64_t)fd - thread->asked_number;
    bool is_near = stack == thread->asked_stack && place - thread->asked_place + LOOP <= 2 * LOOP;
    if (!is_near || (step != 1 && step != -1))
        thread->asked_length = thread->asked_new = 0;
    bool before = is_probe(thread);
    thread->asked_place = place;
    thread->asked_stack = stack;
    thread->asked_number = fd;
    if (thread->asked_length < PROBE)
        thread->asked_length++;
    if (!ever_open && thread->asked_new < PROBE)
        thread->asked_new++;
    return !before && is_probe(thread);
}

/* Below a stream or directory, that is who acquired it. */
static uint32_t site_of(const struct lw_slot *slot)
{
    const struct lw_slot *owner = slot->owner ? lw_handle_by_number(slot->owner - 1) : NULL;
    return slot->site || !owner || owner->number != (int32_t)slot->handle ? slot->site : owner->site;
}

static void note_use(struct lw_record *record, const struct lw_slot *slot, uint32_t flags)
{
    struct lw_misuse key = {.kind = LW_USED_CLOSED,
                            .site = site_of(slot),
                            .first_stack = slot->release_stack,
                            .first_call = slot->release_call,
                            .first_thread = slot->release_thread,
                            .resource = slot->kind,
                            .error = EBADF,
                            .flags = flags,
                            .handle = slot->handle};
    lw_note_misuse(record, &key, slot);
}

static void used_closed(struct lw_call *call, int fd, uint32_t flags)
{
    if (call->injected)
        return;
    int error = errno;
    if (!lw_keeping()) {
        if (lw_child_is_watched(fd) && is_closed(fd))
            lw_child_used(call, fd, flags);
        errno = error;
        return;
    }
    const struct lw_slot *slot = lw_fd_slot(fd, false);
    bool ever_open = slot && lw_state(lw_word(slot)) != LW_EMPTY;
    bool probes = completes_a_probe(call, fd, ever_open), known = is_known_as_closed(slot) && is_closed(fd);
    struct lw_record record;
    if ((probes || known) && lw_record_open(&record, call, false)) {
        if (probes)
            lw_note_place(&record, LW_PROBES);
        if (known)
            note_use(&record, slot, flags);
        lw_record_close(&record);
    }
    errno = error;
}

void lw_use_failed_here(struct lw_call *call, int fd)
{
    if (errno == EBADF && fd > STANDARD)
        used_closed(call, fd, 0);
}

void lw_use_failed(uint32_t hook, const void *frame, int fd, uint32_t flags)
{
    struct lw_call call;
    if (errno == EBADF && fd > STANDARD && lw_enter(&call, hook, frame))
        used_closed(&call, fd, flags);
}

void lw_polled_closed(uint32_t hook, const void *frame, int fd)
{
    int error = errno;
    errno = EBADF;
    lw_use_failed(hook, frame, fd, 0);
    errno = error;
}

static bool has(const fd_set *set, int fd)
{
    return set && FD_ISSET(fd, set);
}

void lw_select_failed(uint32_t hook, const void *frame, int count, const fd_set *const sets[3])
{
    for (int fd = STANDARD + 1; errno == EBADF && fd < count && fd < FD_SETSIZE; fd++)
        if (has(sets[0], fd) || has(sets[1], fd) || has(sets[2], fd))
            lw_use_failed(hook, frame, fd, 0);
}
