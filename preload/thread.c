/* A thread's place in the books: its lane and its memory, taken at its first record. */
#include "thread.h"

#include <string.h>
#include <sys/syscall.h>

#include "aside.h"
#include "ledger.h"
#include "filter.h"
#include "process.h"
#include "scope.h"
#include "stack.h"
#include "system.h"

__thread struct lw_thread lw_thread __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* A lane's memory stays with the lane: the next thread that takes it wipes and uses it. */
static struct lw_memory *memories[LW_LANES - 1];

uint32_t lw_thread_id(struct lw_thread *thread)
{
    if (!thread->id)
        thread->id = lw_strict ? lw_own_tid() : (uint32_t)lw_system0(SYS_gettid);
    return thread->id;
}

static struct lw_memory *memory_of(uint32_t lane)
{
    if (lane >= LW_LANES - 1)
        return NULL; /* the shared lane: its threads remember nothing */
    if (!memories[lane])
        memories[lane] = lw_memory_new();
    else
        lw_memory_wipe(memories[lane]);
    return memories[lane];
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
    lw_scopes_enlist(thread, index);
    thread->era = lw_era;
}

/* All or nothing, for the thread's signal handlers too. */
void lw_thread_enlist(struct lw_thread *thread)
{
    lw_aside(enlist, thread);
}
