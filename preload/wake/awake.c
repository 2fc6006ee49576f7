/* This thread has something to record, for the first time in this ledger: its lane, its memory, its own scope. */
#include <sys/syscall.h>

#include "ledger/ledger.h"
#include "process/process.h"
#include "span/span.h"
#include "stack/stack.h"
#include "system/system.h"
#include "wake.h"

/* A lane's memory stays with the lane: the next thread that takes it wipes and uses it. */
static struct lw_memory *memories[LW_LANES - 1];
static LW_BEGIN_DATA struct lw_memory *first_memory; /* of lane 0, instead: few processes have more */

static struct lw_memory *memory_of(uint32_t lane)
{
    if (lane >= LW_LANES - 1)
        return NULL; /* the shared lane: its threads remember nothing */
    struct lw_memory **memory = lane == 0 ? &first_memory : &memories[lane];
    if (!*memory)
        *memory = lw_memory_new();
    else
        lw_memory_wipe(*memory);
    return *memory;
}

/* The scope of the thread itself, which ends with it. */
static void enlist_scopes(struct lw_thread *thread, uint32_t lane)
{
    thread->scopes = lw_scopes_of_lane(lane);
    thread->innermost = NULL;
    thread->scope = 0;
    if (!thread->scopes || lw_strict || thread->id == lw_pid || !lw_key_set())
        return;
    struct lw_span *span = lw_span_new(thread->scopes, 0);
    if (!span)
        return;
    span->kind = LW_SCOPE_THREAD;
    span->outer = NULL;
    span->depth = 0;
    span->lane = thread->lane;
    span->count = NULL;
    span->thread = thread->id;
    span->block = NULL;
    thread->innermost = span;
}

static void enlist(void *context)
{
    struct lw_thread *thread = context;
    uint32_t index = 0;
    thread->lane = NULL;
    thread->memory = NULL;
    lw_thread_id(thread);
    struct lw_lane *lane = lw_lane_take(thread->id ? thread->id : UINT32_MAX, &index);
    if (!lane)
        return;
    thread->lane = lane;
    thread->memory = memory_of(index);
    thread->inside = NULL;
    thread->jumped = NULL;
    enlist_scopes(thread, index);
    thread->era = lw_era;
}

struct lw_thread *lw_arrive(bool worth)
{
    uint32_t phase = __atomic_load_n(&lw_phase, __ATOMIC_ACQUIRE);
    worth |= lw_on_roll(); /* of this run all is kept */
    if (phase != LW_PHASE_KEEPING && (!worth || phase == LW_PHASE_OFF || !lw_begin_and(enlist)))
        return NULL;
    struct lw_thread *thread = &lw_thread;
    if (thread->era != lw_era)
        lw_aside(enlist, thread); /* all or nothing, for the thread's signal handlers too */
    return thread->lane ? thread : NULL;
}

#define ROOM_AHEAD (512u * 1024)

bool lw_become_strict(void)
{
    bool before = lw_strict;
    if (!before && (lw_keeping() || lw_begin())) {
        lw_present(false);
        lw_claim_ahead(ROOM_AHEAD);
        lw_spans_ahead(lw_thread.scopes);
        __atomic_fetch_or(&lw_header()->troubles, LW_TROUBLE_STRICT, __ATOMIC_RELAXED);
    }
    lw_strict = true;
    return before;
}

void lw_strict_tried(bool before, bool good)
{
    if (!good)
        lw_strict = before;
    if (!lw_keeping())
        return;
    if (good)
        __atomic_fetch_or(&lw_header()->troubles, LW_TROUBLE_FILTERED, __ATOMIC_RELAXED);
    else if (!before)
        __atomic_fetch_and(&lw_header()->troubles, ~(uint32_t)LW_TROUBLE_STRICT, __ATOMIC_RELAXED);
}
