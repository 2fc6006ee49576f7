/* Threads that wait for each other: deadlock.
 *
 * DESIGN. A thread that waits for a lock waits for all who hold it, so any way along these waits that comes back to where
 * it began is a deadlock. Who waits for a condition needs the mutex that it has given up meanwhile before it can go on, be
 * it signalled or not, and so waits for who has that. The ways are walked depth first, without recursion, each thread once. Of a process that was read
 * while it ran, only threads count whose boards have not changed between the two readings: these waits, and what these
 * threads held meanwhile, stood at one and the same moment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "locks.h"
#include "model/resource.h"

enum { TEXT = 256, HOLDS_TOLD = 8, FRAMES_COMPARED = 16 };

enum colour { NEW, ON_THE_WAY, DONE };

struct step {
    const struct ledger_hold *wait;
    uint64_t lock; /* which its thread must get; that of a thread which is to be joined: its handle */
    size_t next;   /* in by_lock: who may hold it; of a thread that is joined, in by_handle */
};

struct walk {
    struct inquiry *inquiry;
    const struct locks *locks;
    unsigned char *colours; /* by number of a board: enum colour */
    struct step *steps;     /* the way */
    size_t depth;
};

/* A wait that ends by itself ends with a time-out; that for a condition, only once its mutex is free. */
static bool is_timed(const struct ledger_hold *wait)
{
    return wait->hold->kind != LW_CONDITION && wait->hold->count & LW_WAIT_TIMED;
}

/* What the thread must get before its wait can end. */
static uint64_t lock_needed(const struct walk *walk, const struct ledger_hold *wait)
{
    const struct locks *locks = walk->locks;
    for (size_t i = locks->waits[wait->number]; wait->hold->kind == LW_CONDITION && i-- > 0;)
        if (locks->holds[i].number != wait->number)
            break;
        else if (locks->holds[i].hold->state == LW_HOLD_GIVEN_UP)
            return locks->holds[i].hold->lock;
    return wait->hold->lock;
}

static bool blocks(const struct step *step, const struct ledger_hold *hold)
{
    if (hold->hold->lock != step->lock)
        return false;
    if (step->wait->hold->kind == LW_CONDITION)
        return hold->hold->kind == LW_MUTEX && hold->hold->state == LW_HOLD_HELD && hold->number != step->wait->number;
    return locks__blocks(step->wait, hold);
}

/* ---- What is said ------------------------------------------------------------------------------------------------ */

static void say_wait(const struct walk *walk, const struct step *member, const struct step *holder, struct tally *tally)
{
    const struct inquiry *inquiry = walk->inquiry;
    char text[TEXT], duration[LOCKS_DURATION];
    bool is_own = member->wait->number == holder->wait->number;
    locks__duration(inquiry, member->wait->hold, duration);
    const char *other = is_own ? "it itself" : locks__thread(inquiry, holder->wait->board);
    const char *timed = is_timed(member->wait) ? ", and will until its time-out at the latest," : "";
    int length = snprintf(text, sizeof text, "%s %s%s%s for ", locks__thread(inquiry, member->wait->board),
                          duration[0] != '\0' ? "has waited" : "waits", duration, timed);
    if (member->wait->hold->kind == LW_THREAD)
        snprintf(text + length, sizeof text - (size_t)length, "%s to end", other);
    else if (member->wait->hold->kind == LW_CONDITION)
        snprintf(text + length, sizeof text - (size_t)length, "a condition, and needs the mutex that %s holds", other);
    else
        snprintf(text + length, sizeof text - (size_t)length, "the %s that %s holds",
                 resource__noun(member->wait->hold->kind, 1), other);
    const struct tally_item item = locks__item(inquiry, FACT_MEMBERS, member->wait->hold, text);
    tally__add_item(tally, &item);
}

static void say_hold(const struct walk *walk, const struct ledger_hold *hold, const struct step *waiter,
                     struct tally *tally)
{
    const struct inquiry *inquiry = walk->inquiry;
    char text[TEXT], duration[LOCKS_DURATION];
    const char *noun = resource__noun(hold->hold->kind, 1);
    locks__duration(inquiry, hold->hold, duration);
    if (waiter != NULL)
        snprintf(text, sizeof text, "%s has held%s the %s that %s waits for, taken",
                 locks__thread(inquiry, hold->board), duration, noun,
                 waiter->wait->number == hold->number ? "it itself" : locks__thread(inquiry, waiter->wait->board));
    else
        snprintf(text, sizeof text, "%s has held%s another %s, taken", locks__thread(inquiry, hold->board), duration,
                 noun);
    const struct tally_item item = locks__item(inquiry, FACT_MEMBERS, hold->hold, text);
    tally__add_item(tally, &item);
}

/* What the one before it in the cycle waits for comes first. */
static void say_holds(const struct walk *walk, const struct step *member, const struct step *waiter,
                      struct tally *tally)
{
    const struct locks *locks = walk->locks;
    size_t told = 0;
    for (unsigned others = 0; others < 2; others++)
        for (size_t i = locks->waits[member->wait->number]; i-- > 0;) {
            const struct ledger_hold *hold = &locks->holds[i];
            if (hold->number != member->wait->number)
                break;
            bool is_awaited = blocks(waiter, hold);
            if (hold->hold->state == LW_HOLD_HELD && is_awaited != others && told++ < HOLDS_TOLD)
                say_hold(walk, hold, is_awaited ? waiter : NULL, tally);
        }
}

/* ---- A cycle ----------------------------------------------------------------------------------------------------- */

/* By what is the same in each run: where in the code they wait. */
static int compare_places(const struct ledger *ledger, const struct ledger_hold *a, const struct ledger_hold *b)
{
    const struct lw_site *sites[2] = {ledger__site(ledger, a->hold->site), ledger__site(ledger, b->hold->site)};
    const struct lw_frame *frames[2][FRAMES_COMPARED];
    size_t counts[2];
    for (unsigned i = 0; i < 2; i++)
        counts[i] = ledger__stack(ledger, sites[i] ? sites[i]->stack : 0, frames[i], FRAMES_COMPARED);
    for (size_t i = 0; i < counts[0] && i < counts[1]; i++) {
        const struct lw_module *modules[2] = {ledger__module(ledger, frames[0][i]->module),
                                              ledger__module(ledger, frames[1][i]->module)};
        uint64_t left = frames[0][i]->address - (modules[0] ? modules[0]->base : 0);
        uint64_t right = frames[1][i]->address - (modules[1] ? modules[1]->base : 0);
        if (left != right)
            return left < right ? -1 : 1;
    }
    return 0;
}

static size_t first_of(const struct walk *walk, const struct step *members, size_t count)
{
    size_t first = 0;
    for (size_t i = 1; i < count; i++)
        if (compare_places(walk->inquiry->ledger, members[i].wait, members[first].wait) < 0)
            first = i;
    return first;
}

static bool has_timed(const struct step *members, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_timed(members[i].wait))
            return true;
    return false;
}

static const char *said_of(const struct walk *walk, const struct step *members, size_t count)
{
    char text[TEXT];
    if (count == 1)
        return members->wait->hold->kind == LW_THREAD ? "a thread waits for its own end"
                                                      : "a thread waits for a lock that it holds itself";
    snprintf(text, sizeof text, "%zu threads wait for each other", count);
    return pool__text(walk->inquiry->pool, text);
}

/* Each of them waits for the next one, and the last one for the first. Of cycles at the same place the first is told. */
static void tell(const struct walk *walk, const struct step *members, size_t count)
{
    size_t first = first_of(walk, members, count);
    struct tally *tally = locks__add(walk->inquiry, members[first].wait->hold, KIND_DEADLOCK,
                                     has_timed(members, count) ? LEVEL_WARNING : kinds__get(KIND_DEADLOCK)->level,
                                     said_of(walk, members, count));
    if (tally->items != NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct step *member = &members[(first + i) % count];
        say_wait(walk, member, &members[(first + i + 1) % count], tally);
        say_holds(walk, member, &members[(first + i + count - 1) % count], tally);
    }
}

/* ---- The walk ---------------------------------------------------------------------------------------------------- */

/* NULL: it does not wait, or it is not certain that it does. */
static const struct ledger_hold *certain_wait(const struct walk *walk, uint32_t board)
{
    const struct ledger_hold *wait = locks__wait_of(walk->locks, board);
    bool is_running = strcmp(ledger__end(walk->inquiry->ledger), "running") == 0;
    return wait != NULL && is_running && ledger__board_moved(wait->board) ? NULL : wait;
}

static void enter(struct walk *walk, const struct ledger_hold *wait)
{
    uint64_t lock = lock_needed(walk, wait);
    walk->colours[wait->number] = ON_THE_WAY;
    size_t first =
        wait->hold->kind == LW_THREAD ? locks__find_thread(walk->locks, lock) : locks__find(walk->locks, lock);
    walk->steps[walk->depth++] = (struct step){wait, lock, first};
}

/* The thread that is to be joined: it ends only behind its own wait. */
static const struct ledger_hold *joined(const struct walk *walk, struct step *step)
{
    const struct locks *locks = walk->locks;
    if (step->next >= locks->waiting || locks->by_handle[step->next]->board->handle != step->lock)
        return NULL;
    return locks->by_handle[step->next++];
}

/* The next one who holds what the last one on the way waits for; NULL: there are no more. */
static const struct ledger_hold *next_holder(const struct walk *walk, struct step *step)
{
    const struct locks *locks = walk->locks;
    if (step->wait->hold->kind == LW_THREAD)
        return joined(walk, step);
    for (; step->next < locks->count; step->next++) {
        const struct ledger_hold *hold = locks->by_lock[step->next];
        if (hold->hold->lock != step->lock)
            break;
        if (blocks(step, hold)) {
            step->next++;
            return hold;
        }
    }
    return NULL;
}

static size_t step_of(const struct walk *walk, uint32_t board)
{
    size_t at = walk->depth;
    while (at > 0 && walk->steps[at - 1].wait->number != board)
        at--;
    return at - 1;
}

static void go(struct walk *walk)
{
    struct step *last = &walk->steps[walk->depth - 1];
    const struct ledger_hold *holder = next_holder(walk, last);
    if (holder == NULL) {
        walk->colours[last->wait->number] = DONE;
        walk->depth--;
        return;
    }
    const struct ledger_hold *wait = certain_wait(walk, holder->number);
    if (wait == NULL || walk->colours[holder->number] == DONE)
        return;
    if (walk->colours[holder->number] == NEW) {
        enter(walk, wait);
        return;
    }
    size_t from = step_of(walk, holder->number);
    tell(walk, walk->steps + from, walk->depth - from);
}

void deadlocks__look(struct inquiry *inquiry)
{
    struct locks locks = locks__read(inquiry);
    struct walk walk = {.inquiry = inquiry,
                        .locks = &locks,
                        .colours = heap__zeroed(locks.boards, 1),
                        .steps = heap__zeroed(locks.boards, sizeof(struct step))};
    for (uint32_t i = 1; i < locks.boards; i++) {
        const struct ledger_hold *wait = walk.colours[i] == NEW ? certain_wait(&walk, i) : NULL;
        if (wait != NULL)
            enter(&walk, wait);
        while (walk.depth > 0)
            go(&walk);
    }
    free(walk.colours);
    free(walk.steps);
    locks__free(&locks);
}
