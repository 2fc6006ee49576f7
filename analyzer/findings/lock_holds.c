/* Locks that are held by a thread that has ended, or were at the end of the process: lock-held. What a scope has left, and
 * is held still, is told with that scope: see scope_leaks.c.
 *
 * DESIGN. A thread that lives gives its locks back, if it gets to it; so it is asked whether it could:
 *
 *   ended      the thread has ended: an error, whatever became of the process
 *   the last   it has ended its process by exit: an error if locks taken at this place were given back before; a note if
 *              threads wait for it, as those do that are paused by it, or if the function that took it was not over
 *   another    it was at work while another thread ended the process: a note, on the same condition
 *   running    it is at work in a process that runs still, and its place holds more and more of them: an error, or a note
 *              where that is in doubt; see growths.h
 *   nobody     it has handed the lock over to the process, and has ended: as the last, for any thread can give it back
 *
 * A compiler makes several calls of one, of a loop's first round say, so that a place is a line and its caller's, not a site.
 * A place that never gave anything back holds for the life of the process, by design: nothing is said. Who waits for a
 * condition does not hold its mutex. Where a thread had more locks than a board has room for, what is on the board is
 * held all the same: who gives back what is not there changes nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "file_holds.h"
#include "growths.h"
#include "locks.h"

enum { TEXT = 256 };

struct look {
    struct inquiry *inquiry;
    struct locks locks;
    uint32_t sites;
    uint64_t *taken, *held; /* by number of a site */
};

enum holder { AT_WORK, RUNNING, LAST, INSIDE, NOBODY, ENDED };

static const char *const said[] = {
    [AT_WORK] = "held by another thread when the process ended",
    [RUNNING] = "held, and more and more of them",
    [LAST] = "held by the thread that ended the process",
    [INSIDE] = "held when its process was ended inside the function that took it",
    [NOBODY] = "handed over to the process and never released",
    [ENDED] = "held by a thread that has ended",
};

/* Who gives it back, though the process ended before that was done, has not forgotten it. */
static bool is_held(const struct lw_hold *hold)
{
    return hold->state == LW_HOLD_HELD;
}

static enum holder holder_of(const struct inquiry *inquiry, const struct ledger_hold *hold)
{
    const struct lw_board *board = hold->board;
    enum lw_fate fate = ledger__thread_fate(inquiry->ledger, board->thread);
    if (board->flags & LW_BOARD_ENDED || fate == LW_FATE_GONE)
        return hold->hold->left == (uint32_t)LW_HOLD_KEPT ? NOBODY : ENDED;
    if (ledger__header(inquiry->ledger)->end == LW_RUNNING)
        return RUNNING;
    if (!(board->flags & LW_BOARD_LAST) && fate != LW_FATE_ENDED_ALL)
        return AT_WORK;
    return hold->hold->left == (uint32_t)LW_HOLD_INSIDE ? INSIDE : LAST;
}

/* Would a reader take them for one call? */
static bool is_one_place(const struct inquiry *inquiry, uint32_t a, uint32_t b)
{
    const struct lw_site *one = ledger__site(inquiry->ledger, a), *other = ledger__site(inquiry->ledger, b);
    if (one == NULL || other == NULL || one->kind != other->kind || one->stack == 0 || other->stack == 0)
        return false;
    const struct stack *here = stacks__get(inquiry->stacks, stacks__number(inquiry->stacks, one->stack));
    const struct stack *there = stacks__get(inquiry->stacks, stacks__number(inquiry->stacks, other->stack));
    return stack__is_same_place(here, there) &&
           frame__compare_places(stack__caller_of_user(here), stack__caller_of_user(there)) == 0;
}

/* What was taken at this place, now or before? */
static bool was_given_back(const struct look *look, uint32_t site)
{
    uint64_t taken = 0, held = 0;
    if (look->taken[site] > look->held[site])
        return true;
    for (uint32_t i = 1; i < look->sites; i++) {
        if (look->taken[i] == 0 || (i != site && !is_one_place(look->inquiry, i, site)))
            continue;
        taken += look->taken[i];
        held += look->held[i];
    }
    return taken > held;
}

static bool is_told(const struct look *look, const struct ledger_hold *hold, enum holder holder)
{
    uint32_t site = hold->hold->site;
    if (!is_held(hold->hold) || hold->hold->left == (uint32_t)LW_HOLD_EXPECTED)
        return false;
    if (holder == ENDED)
        return true;
    if (holder == RUNNING)
        return site < look->sites && growths__verdict(look->inquiry, site) >= GROWTH_SUSPECT &&
               was_given_back(look, site);
    return ledger__header(look->inquiry->ledger)->end == LW_EXIT && site < look->sites && was_given_back(look, site);
}

/* Of many such locks the first few are enough. */
static void add_thread(const struct tally_item *item, struct tally *tally)
{
    if (tally->item_count < THREADS_TOLD)
        tally__add_item(tally, item);
}

static void add_holder(const struct look *look, const struct ledger_hold *hold, struct tally *tally)
{
    char text[TEXT], duration[LOCKS_DURATION];
    locks__duration(look->inquiry, hold->hold, duration);
    snprintf(text, sizeof text, "%s%s %s it%s", locks__thread(look->inquiry, hold->board),
             locks__routine(look->inquiry, hold->hold), duration[0] != '\0' ? "had held" : "held", duration);
    add_thread(&(struct tally_item){.as = FACT_THREADS, .text = pool__text(look->inquiry->pool, text), .count = 1},
               tally);
}

static void add_waiters(const struct look *look, const struct ledger_hold *hold, struct tally *tally)
{
    const struct inquiry *inquiry = look->inquiry;
    const struct locks *locks = &look->locks;
    for (size_t i = locks__find(locks, hold->hold->lock); i < locks->count; i++) {
        const struct ledger_hold *wait = locks->by_lock[i];
        char text[TEXT], duration[LOCKS_DURATION];
        if (wait->hold->lock != hold->hold->lock || tally->item_count >= THREADS_TOLD)
            return;
        if (locks__wait_of(locks, wait->number) != wait || wait->number == hold->number)
            continue;
        locks__duration(inquiry, wait->hold, duration);
        snprintf(text, sizeof text, "%s%s %s for it%s%s", locks__thread(inquiry, wait->board),
                 locks__routine(inquiry, wait->hold), duration[0] != '\0' ? "has waited" : "waits", duration,
                 wait->hold->count & LW_WAIT_TIMED ? ", and will until its time-out at the latest," : "");
        const struct tally_item item = locks__item(inquiry, FACT_THREADS, wait->hold, text);
        add_thread(&item, tally);
    }
}

/* Where what a scope has left of this is told; NULL: no scope has left it. */
static struct tally *told_as_left(const struct inquiry *inquiry, const struct lw_hold *hold)
{
    bool is_left = is_held(hold) && hold->left > 0 && hold->left < ledger__count(inquiry->ledger, LW_LEFTOVERS);
    return is_left ? inquiry->leftovers[hold->left] : NULL;
}

static bool is_awaited(const struct look *look, const struct ledger_hold *hold)
{
    const struct locks *locks = &look->locks;
    size_t first = locks__find(locks, hold->hold->lock);
    return first + 1 < locks->count && locks->by_lock[first + 1]->hold->lock == hold->hold->lock;
}

static void add_threads(const struct look *look, const struct ledger_hold *hold, struct tally *tally)
{
    add_holder(look, hold, tally);
    add_waiters(look, hold, tally);
}

static void tell(const struct look *look, const struct ledger_hold *hold, struct tally *tally, enum holder holder)
{
    add_threads(look, hold, tally);
    if (holder == RUNNING)
        growths__tell(look->inquiry, tally, hold->hold->site);
}

static void look_at(const struct look *look, const struct ledger_hold *hold)
{
    struct inquiry *inquiry = look->inquiry;
    enum holder holder = holder_of(inquiry, hold);
    bool is_note = holder == AT_WORK ||
                   (holder == RUNNING && growths__verdict(inquiry, hold->hold->site) != GROWTH_LEAKING) ||
                   holder == INSIDE || (holder == LAST && is_awaited(look, hold));
    enum level level = is_note ? LEVEL_NOTE : kinds__get(KIND_LOCK_HELD)->level;
    struct tally *left = told_as_left(inquiry, hold->hold);
    if (left != NULL && is_awaited(look, hold))
        add_threads(look, hold, left);
    else if (left == NULL && is_told(look, hold, holder))
        tell(look, hold, locks__add(inquiry, hold, KIND_LOCK_HELD, level, said[holder]), holder);
}

void lock_holds__look(struct inquiry *inquiry)
{
    uint32_t sites = ledger__count(inquiry->ledger, LW_SITES);
    struct look look = {.inquiry = inquiry,
                        .sites = sites,
                        .locks = locks__read(inquiry),
                        .taken = heap__zeroed(sites, sizeof(uint64_t)),
                        .held = heap__zeroed(sites, sizeof(uint64_t))};
    if (look.locks.count > 0)
        ledger__locks_taken(inquiry->ledger, look.taken);
    for (size_t i = 0; i < look.locks.count; i++)
        if (is_held(look.locks.holds[i].hold) && look.locks.holds[i].hold->site < sites)
            look.held[look.locks.holds[i].hold->site]++;
    for (size_t i = 0; i < look.locks.count; i++)
        look_at(&look, &look.locks.holds[i]);
    free(look.taken);
    free(look.held);
    locks__free(&look.locks);
    file_holds__look(inquiry);
}
