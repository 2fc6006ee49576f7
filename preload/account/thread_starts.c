/* Threads that are to be joined are handles, known by their pthread_t, which is another thread's once they have been.
 *
 * DESIGN. A thread is started through a routine of ours, which asks to be told of its end and then jumps to the program's
 * own: no frame of ours stands on the stack, so backtraces, exceptions and cancellation go as they would. What a new thread
 * needs for that stands in a cell, which its creator shares: who comes last gives it back. The thread may have ended before
 * its creator has written down that it was created. So the thread first says that it has ended and then looks whether it
 * was written down, and its creator the other way round: one of them sees the other. */
#include "thread_starts.h"

#include <errno.h>
#include <string.h>

#include "account.h"
#include "ledger/ledger.h"
#include "lock/lock.h"
#include "process/process.h"
#include "stack/stack.h"
#include "system/system.h"
#include "wake/wake.h"

/* ---- Cells ---- */

enum { CELLS = 64, PAGES = 1024 };
struct page {
    uint64_t taken; /* a bit for each */
    struct lw_start cell[CELLS];
};
static struct page *pages[PAGES];

static struct page *page_at(uint32_t number)
{
    struct page *page = __atomic_load_n(&pages[number], __ATOMIC_ACQUIRE), *none = NULL;
    if (page || !(page = lw_pages(sizeof *page)))
        return page;
    if (__atomic_compare_exchange_n(&pages[number], &none, page, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return page;
    lw_system2(SYS_munmap, page, sizeof *page);
    return none;
}

static struct lw_start *take(struct page *page)
{
    uint64_t taken = __atomic_load_n(&page->taken, __ATOMIC_RELAXED);
    while (~taken) {
        uint32_t free = (uint32_t)__builtin_ctzll(~taken);
        if (__atomic_compare_exchange_n(&page->taken, &taken, taken | 1ULL << free, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED))
            return &page->cell[free];
    }
    return NULL;
}

static void let_go(struct lw_start *start)
{
    if (__atomic_sub_fetch(&start->users, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    for (uint32_t i = 0; i < PAGES && pages[i]; i++) {
        size_t cell = (size_t)(start - pages[i]->cell);
        if (start >= pages[i]->cell && cell < CELLS)
            __atomic_fetch_and(&pages[i]->taken, ~(1ULL << cell), __ATOMIC_ACQ_REL);
    }
}

/* The ledger and libunwind are there before the new thread is, which would otherwise have a bare stack, or one that is cut,
 * while its creator makes them. */
static void make_ready(struct lw_call *call)
{
    struct lw_record record;
    int error = errno;
    if (lw_record_open(&record, call, true))
        lw_record_close(&record);
    lw_stack_prepare();
    if (lw_early_any())
        lw_board_here(); /* the new thread may wait for these, and this one never ask for another lock */
    errno = error;
}

/* The first thread is started by nobody, and may well end before its process does, by pthread_exit. Until there is a second
 * one, its end is the process's. */
static void watch_first_thread(void)
{
    if (lw_thread_id(&lw_thread) == lw_pid)
        lw_key_set();
}

struct lw_start *lw_start_new(struct lw_call *call, void *(*routine)(void *), void *argument)
{
    make_ready(call);
    watch_first_thread();
    for (uint32_t i = 0; i < PAGES; i++) {
        struct page *page = page_at(i);
        struct lw_start *start = page ? take(page) : NULL;
        if (!page)
            return NULL;
        if (!start)
            continue;
        *start = (struct lw_start){.routine = routine, .argument = argument, .users = 2};
        lw_name_ask(start->name);
        return start;
    }
    return NULL;
}

void *lw_start_run(void *context)
{
    struct lw_start *start = context;
    void *(*routine)(void *) = start->routine;
    void *argument = start->argument;
    if (lw_key_set()) {
        lw_thread.start = start;
        if (start->site)
            lw_detached_begin(start);
    } else
        let_go(start); /* nobody will tell of its end */
    return routine(argument);
}

/* ---- Written down ---- */

struct lw_slot *lw_thread_slot(pthread_t thread)
{
    uint64_t word;
    uint32_t number;
    struct lw_slot *slot = lw_keeping() ? lw_handle_slot((uint64_t)thread, &number, &word) : NULL;
    return slot && slot->kind == LW_THREAD && lw_is_held(word) ? slot : NULL;
}

static void write_end(pthread_t thread, const struct lw_start *start)
{
    struct lw_slot *slot = lw_thread_slot(thread);
    if (!slot)
        return;
    lw_detail_text(slot, start->name, strnlen(start->name, sizeof start->name));
    slot->released_time = lw_now();
    if (__atomic_fetch_or(&slot->flags, LW_OVER, __ATOMIC_ACQ_REL) & LW_DETACHED)
        lw_detached_over(slot);
}

/* A frame's address is that which its call returns to: behind the routine's first byte. */
static void write_routine(pthread_t thread, const struct lw_start *start)
{
    struct lw_slot *slot = start ? lw_thread_slot(thread) : NULL;
    if (slot)
        slot->origin_stack = lw_stack_of_address((uint64_t)start->routine + 1);
}

/* What has detached itself and ended is no more: its pthread_t may be another's by now. */
static bool is_past(const struct lw_start *start)
{
    return start && __atomic_load_n(&start->detached, __ATOMIC_SEQ_CST) &&
           __atomic_load_n(&start->ended, __ATOMIC_SEQ_CST);
}

void lw_started(struct lw_call *call, struct lw_start *start, int error, const pthread_t *thread, uint32_t stack)
{
    int before = errno;
    if (!error && is_past(start))
        thread = NULL;
    if (error) {
        errno = error;
        lw_acquired_handle(call, NULL, LW_THREAD, -1, NULL);
    } else if (thread) {
        lw_acquired_handle(call, (const void *)*thread, LW_THREAD, -1, &(struct lw_detail){.open_flags = stack});
        write_routine(*thread, start);
    }
    errno = before;
    if (!start)
        return;
    if (thread && !error && __atomic_load_n(&start->detached, __ATOMIC_SEQ_CST))
        lw_detached_before(*thread);
    if (thread && !error && __atomic_load_n(&start->ended, __ATOMIC_SEQ_CST))
        write_end(*thread, start);
    if (error)
        let_go(start);
    let_go(start);
}

/* Of threads that have done nothing but end, nothing is told by a name but that. */
static void write_name(const struct lw_thread *thread, struct lw_start *start)
{
    char name[LW_THREAD_NAME] = "";
    bool is_own = lw_name_own(start, name);
    memcpy(start->name, name, sizeof name);
    if (is_own && thread->board)
        memcpy(thread->board->name, name, sizeof name);
    else if (is_own && thread->lane && thread->era == lw_era)
        lw_name_keep(thread->id, name);
}

void lw_thread_over(void)
{
    struct lw_thread *thread = &lw_thread;
    struct lw_start *start = thread->start;
    lw_looks_over();
    if (thread->board && *lw_owner == LW_OURS) {
        lw_waits_leave(thread->board);
        __atomic_fetch_or(&thread->board->flags, LW_BOARD_ENDED, __ATOMIC_RELAXED);
    }
    thread->start = NULL;
    if (!start || *lw_owner != LW_OURS)
        return;
    write_name(thread, start);
    __atomic_store_n(&start->ended, 1, __ATOMIC_SEQ_CST);
    write_end(pthread_self(), start);
    let_go(start);
}
