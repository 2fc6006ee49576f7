/* What the command calls in a process that ran already, by a thread of its own. */
#include "leakwatch/attachment.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "late.h"
#include "life/life.h"
#include "lock/lock.h"
#include "process/process.h"
#include "system/system.h"
#include "wake/wake.h"

#define LW_EXPORT __attribute__((visibility("default")))

LW_EXPORT void leakwatch_attach(struct leakwatch_attachment *attachment);
LW_EXPORT void leakwatch_detach(struct leakwatch_attachment *attachment);

#define MILLISECONDS 1000000L

static void rest(long milliseconds)
{
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * MILLISECONDS};
    lw_system2(SYS_nanosleep, (long)&time, 0);
}

/* A child that was forked meanwhile is watched: its calls lead through the library, or begin to. */
static void settle_inherited(void)
{
    uint32_t changing = LEAKWATCH_CHANGING;
    if (leakwatch_attached.changer != lw_own_pid())
        __atomic_compare_exchange_n(&leakwatch_attached.state, &changing, LEAKWATCH_WATCHING, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE);
}

static bool changes_from(uint32_t state)
{
    leakwatch_attached.changer = lw_own_pid(); /* first: who reads the one knows the other */
    return __atomic_compare_exchange_n(&leakwatch_attached.state, &state, LEAKWATCH_CHANGING, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE);
}

static void changed_to(uint32_t state)
{
    __atomic_store_n(&leakwatch_attached.state, state, __ATOMIC_RELEASE);
}

static void go_off(void)
{
    lw_locks_stop();
    __atomic_store_n(&lw_phase, LW_PHASE_OFF, __ATOMIC_RELEASE);
}

#if defined(__x86_64__)

/* Written in place of what another thread, on its way through the loader, was about to write there: it may still do so. */
static void sweep_again(void)
{
    static const long waits[] = {10, 100, 900};
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        rest(waits[i]);
        lw_late_sweep_locked();
    }
}

/* After a time without a ledger, this is another one: what its threads have of the last one is void by its era. */
static bool begin(const char *options)
{
    bool again = lw_constructed, begun;
    if (again && *lw_owner != LW_OURS)
        lw_forked();
    if (!lw_construct_late(options))
        return false;
    if (again)
        __atomic_store_n(&lw_phase, LW_PHASE_READY, __ATOMIC_RELEASE);
    else
        lw_title_drop();
    lw_map_lock_future(); /* whether it does, nobody tells */
    lw_attaching = true;
    begun = lw_begin();
    lw_attaching = false;
    return begun && lw_map.is_file;
}

/* Nothing of ours is called yet by any module. But one that was watched before may have a thread that still is in a hook.
 * Where no ledger was begun, what is mapped is that of the time before, which stays. */
static void undo(bool was_watched)
{
    bool has_begun = lw_keeping();
    go_off();
    if (!has_begun)
        return;
    if (!lw_careful)
        lw_map_remove(&lw_map);
    if (!was_watched)
        lw_map_close(&lw_map);
}

static enum leakwatch_attachment_result take_hold(struct leakwatch_attachment *attachment)
{
    if (!begin(attachment->options))
        return LEAKWATCH_ATTACH_NO_LEDGER;
    if (lw_careful || lw_strict || lw_options.strict)
        return LEAKWATCH_ATTACH_FORBIDDEN;
    lw_loan_note(&attachment->loan);
    strncpy(attachment->ledger, lw_map.path, sizeof attachment->ledger - 1);
    if (!lw_late_names_learn())
        return LEAKWATCH_ATTACH_NO_MEMORY;
    lw_late_sums = (struct lw_late_sums){0};
    __atomic_store_n(&lw_late_back, false, __ATOMIC_RELEASE);
    lw_late_sweep_locked();
    if (lw_late_sums.failed)
        return LEAKWATCH_ATTACH_NO_MEMORY;
    lw_attaching = true;
    lw_inventory_again(LW_INHERITED | LW_UNTRACKED);
    lw_attaching = false;
    lw_loan_end(&attachment->loan);
    sweep_again();
    return LEAKWATCH_ATTACH_DONE;
}

static void tell(struct leakwatch_attachment *attachment)
{
    attachment->changed = lw_late_sums.changed;
    attachment->left = lw_late_sums.left;
    attachment->modules = lw_late_sums.modules;
    attachment->sweep = lw_late_sums.duration;
}

static enum leakwatch_attachment_result attach(struct leakwatch_attachment *attachment)
{
    uint32_t before = leakwatch_attached.state;
    if (!lw_late)
        return LEAKWATCH_ATTACH_NOT_LATE;
    leakwatch_attached.block = attachment->block;
    if ((before != LEAKWATCH_NOT_ATTACHED && before != LEAKWATCH_DETACHED) || !changes_from(before))
        return LEAKWATCH_ATTACH_WRONG_STATE;
    enum leakwatch_attachment_result result = take_hold(attachment);
    tell(attachment);
    if (result != LEAKWATCH_ATTACH_DONE) {
        undo(before == LEAKWATCH_DETACHED);
        changed_to(before);
        return result;
    }
    lw_header()->attached_places = attachment->changed;
    lw_header()->attached_left = attachment->left;
    changed_to(LEAKWATCH_WATCHING);
    return result;
}

#else

static enum leakwatch_attachment_result attach(struct leakwatch_attachment *attachment)
{
    (void)attachment;
    (void)changes_from;
    return LEAKWATCH_ATTACH_MACHINE;
}

#endif

/* Who is in a hook now goes on there: its code stays, and so does what it writes to. */
static enum leakwatch_attachment_result detach(struct leakwatch_attachment *attachment)
{
    if (!changes_from(LEAKWATCH_WATCHING))
        return LEAKWATCH_ATTACH_WRONG_STATE;
    bool awake = lw_awake();
    lw_late_sums = (struct lw_late_sums){0};
    __atomic_store_n(&lw_late_back, true, __ATOMIC_RELEASE);
    lw_late_sweep_locked();
    if (lw_late_sums.failed) {
        changed_to(LEAKWATCH_WATCHING);
        return LEAKWATCH_ATTACH_NO_MEMORY;
    }
    lw_loan_end(&attachment->loan);
    attachment->changed = lw_late_sums.changed;
    rest(100);
    if (awake && lw_keeps_books()) {
        strncpy(attachment->ledger, lw_map.path, sizeof attachment->ledger - 1);
        lw_end(LW_LET_GO, 0);
    }
    go_off();
    rest(900);
    changed_to(LEAKWATCH_DETACHED);
    return LEAKWATCH_ATTACH_DONE;
}

void leakwatch_attach(struct leakwatch_attachment *attachment)
{
    int error = errno;
    settle_inherited();
    lw_loan_begin(&attachment->loan);
    uint32_t result = attach(attachment);
    lw_loan_end(&attachment->loan);
    __atomic_store_n(&attachment->result, result, __ATOMIC_RELEASE);
    errno = error;
}

void leakwatch_detach(struct leakwatch_attachment *attachment)
{
    int error = errno;
    settle_inherited();
    lw_loan_begin(&attachment->loan);
    uint32_t result = detach(attachment);
    lw_loan_end(&attachment->loan);
    __atomic_store_n(&attachment->result, result, __ATOMIC_RELEASE);
    errno = error;
}
