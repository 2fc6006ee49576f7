/* What crosses an exec. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "account/account.h"
#include "ledger/ledger.h"
#include "life.h"
#include "process/process.h"
#include "stack/stack.h"
#include "system/system.h"
#include "wake/wake.h"

struct crossing {
    struct lw_crossing key;
    uint32_t stack;
    uint64_t now;
};

static void cross(struct lw_slot *slot, unsigned number, void *context)
{
    struct crossing *crossing = context;
    uint32_t site = slot->flags & LW_INHERITED ? slot->origin_site : slot->site;
    if (number <= 2 || !lw_is_held(lw_word(slot)) || site == 0 || lw_child_has_changed(number))
        return;
    long flags = lw_system3(SYS_fcntl, number, F_GETFD, 0);
    if (flags < 0 || flags & FD_CLOEXEC)
        return;
    crossing->key.site = site;
    crossing->key.number = number;
    crossing->key.kind = slot->kind;
    lw_copy_detail(crossing->key.detail, sizeof crossing->key.detail, slot);
    uint64_t hash = lw_hash2((uint64_t)site << 32 | number, crossing->key.program);
    struct lw_crossing *row = lw_element(LW_CROSSINGS, lw_intern(LW_CROSSINGS, hash, &crossing->key));
    if (!row)
        return;
    lw_count(&row->count);
    row->pid = (uint32_t)lw_system0(SYS_getpid);
    row->last_time = crossing->now;
    row->stack = crossing->stack;
}

size_t lw_copy_text(char *to, size_t room, const char *from)
{
    size_t length = 0;
    for (; length < room; length++) {
        if ((length == 0 || ((uintptr_t)(from + length) & 4095) == 0) && !lw_readable(from + length))
            break;
        if (!from[length])
            break;
        to[length] = from[length];
    }
    return length;
}

static void note_crossings(const void *frame, const char *program, bool own)
{
    struct crossing crossing = {.now = lw_now()};
    struct lw_thread *thread = own ? lw_present(false) : NULL;
    if (thread) {
        struct lw_trace trace;
        lw_stack_here(thread, frame, &trace);
        crossing.stack = trace.stack;
    }
    char text[256];
    crossing.key.program = lw_name(text, lw_copy_text(text, sizeof text, program));
    lw_fd_slots(&lw_map, 3, LW_FD_MAX, cross, &crossing);
}

/* In a forked child without a ledger of its own, this notes in the parent's, whose map it still has. */
static void executing(const void *frame, const char *program)
{
    if (lw_keeping()) {
        note_crossings(frame, program, true);
        return;
    }
    uint64_t signals;
    lw_block_signals(&signals);
    if (lw_parent_hold()) {
        note_crossings(frame, program, false);
        lw_parent_let_go();
    }
    lw_restore_signals(&signals);
}

struct execution {
    const void *frame;
    const char *program;
};

static void executing_aside(void *context)
{
    const struct execution *execution = context;
    executing(execution->frame, execution->program);
}

void lw_executing(const void *frame, const char *program)
{
    lw_begin_if_on_roll(); /* the next image refers to it */
    bool has_ledger = lw_keeping() || lw_parent.base;
    if (program && !lw_strict && has_ledger)
        lw_aside(executing_aside, &(struct execution){frame, program});
}
