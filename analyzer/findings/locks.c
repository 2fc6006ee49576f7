/* What the threads of one process hold and wait for, and the words for it. */
#include "locks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "thread_names.h"

#define NANOSECONDS 1e9

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

static bool add(void *context, const struct ledger_hold *hold)
{
    struct locks *locks = context;
    locks->holds = heap__room(locks->holds, locks->count, &locks->room, sizeof(struct ledger_hold));
    locks->holds[locks->count++] = *hold;
    return true;
}

static int by_lock(const void *left, const void *right)
{
    const struct ledger_hold *const *a = left, *const *b = right;
    if ((*a)->hold->lock != (*b)->hold->lock)
        return (*a)->hold->lock < (*b)->hold->lock ? -1 : 1;
    return *a < *b ? -1 : *a > *b;
}

/* A thread that has ended waits for nothing. */
bool locks__is_wait(const struct ledger_hold *hold)
{
    return hold->is_last && hold->hold->state == LW_HOLD_TAKING && !(hold->hold->count & LW_WAIT_NEVER) &&
           !(hold->board->flags & LW_BOARD_ENDED);
}

struct locks locks__read(const struct inquiry *inquiry)
{
    struct locks locks = {.boards = ledger__count(inquiry->ledger, LW_BOARDS)};
    ledger__holds(inquiry->ledger, add, &locks);
    locks.by_lock = heap__zeroed(locks.count + 1, sizeof(*locks.by_lock));
    locks.waits = heap__zeroed(locks.boards, sizeof(*locks.waits));
    for (size_t i = 0; i < locks.count; i++) {
        locks.by_lock[i] = &locks.holds[i];
        if (locks__is_wait(&locks.holds[i]))
            locks.waits[locks.holds[i].number] = i + 1;
    }
    if (locks.count > 1)
        qsort(locks.by_lock, locks.count, sizeof(*locks.by_lock), by_lock);
    return locks;
}

void locks__free(struct locks *locks)
{
    free(locks->holds);
    free(locks->by_lock);
    free(locks->waits);
}

size_t locks__find(const struct locks *locks, uint64_t lock)
{
    size_t low = 0, high = locks->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (locks->by_lock[middle]->hold->lock < lock)
            low = middle + 1;
        else
            high = middle;
    }
    return low < locks->count && locks->by_lock[low]->hold->lock == lock ? low : locks->count;
}

const struct ledger_hold *locks__wait_of(const struct locks *locks, uint32_t board)
{
    return locks->waits[board] > 0 ? &locks->holds[locks->waits[board] - 1] : NULL;
}

/* Its own thread's: those that count, or whose call says EDEADLK, do not wait; see LW_WAIT_NEVER of mutexes. */
static bool blocks_itself(uint32_t asked, uint32_t held)
{
    return (asked == LW_MUTEX && held == LW_MUTEX) || (asked == LW_SPINLOCK && held == LW_SPINLOCK) ||
           (asked == LW_WRITE_LOCK && held == LW_READ_LOCK);
}

bool locks__blocks(uint32_t asked, uint32_t held, bool is_own)
{
    if (is_own)
        return blocks_itself(asked, held);
    switch (asked) {
    case LW_READ_LOCK:
        return held == LW_WRITE_LOCK;
    case LW_WRITE_LOCK:
        return held == LW_WRITE_LOCK || held == LW_READ_LOCK;
    case LW_MUTEX:
    case LW_SPINLOCK:
    case LW_STREAM_LOCK:
        return held == asked;
    default: /* conditions, semaphores, barriers: anybody may end such a wait */
        return false;
    }
}

/* ---- Words ------------------------------------------------------------------------------------------------------- */

const char *locks__name(const struct lw_board *board, char text[LOCKS_THREAD])
{
    char *name = thread_names__quoted(board);
    snprintf(text, LOCKS_THREAD, "thread %" PRIu32 "%s%s", board->thread, name ? " " : "", name ? name : "");
    free(name);
    return text;
}

const char *locks__thread(const struct inquiry *inquiry, const struct lw_board *board)
{
    char text[LOCKS_THREAD];
    return pool__text(inquiry->pool, locks__name(board, text));
}

const char *locks__routine(const struct inquiry *inquiry, const struct lw_hold *hold)
{
    const struct lw_site *site = ledger__site(inquiry->ledger, hold->site);
    const char *routine =
        stack__routine(stacks__get(inquiry->stacks, site ? stacks__number(inquiry->stacks, site->stack) : 0));
    char *text = routine ? heap__printed(" (%.80s)", routine) : heap__copied("");
    const char *kept = pool__text(inquiry->pool, text);
    free(text);
    return kept;
}

const char *locks__process(const struct inquiry *inquiry)
{
    char *text = heap__printed("process %" PRIu32 " (%s)", ledger__header(inquiry->ledger)->pid, inquiry->program);
    const char *kept = pool__text(inquiry->pool, text);
    free(text);
    return kept;
}

/* Seconds; < 0: not known. */
static double age_of(const struct inquiry *inquiry, const struct lw_hold *hold)
{
    return inquiry__age(inquiry, ledger__time_of_ticks(inquiry->ledger, hold->since));
}

const char *locks__duration(const struct inquiry *inquiry, const struct lw_hold *hold, char text[LOCKS_DURATION])
{
    double age = age_of(inquiry, hold);
    text[0] = '\0';
    if (age >= 0.0005)
        snprintf(text, LOCKS_DURATION, age < 1 ? " for %.3f s" : " for %.1f s", age);
    return text;
}

struct tally_item locks__item(const struct inquiry *inquiry, enum fact_id as, const struct lw_hold *hold,
                              const char *text)
{
    const struct lw_site *site = ledger__site(inquiry->ledger, hold->site);
    return (struct tally_item){.as = as,
                               .text = pool__text(inquiry->pool, text),
                               .call = site ? inquiry__name(inquiry, site->call) : NULL,
                               .stack = site ? stacks__number(inquiry->stacks, site->stack) : 0,
                               .resource = hold->kind,
                               .count = 1};
}

struct tally *locks__add(struct inquiry *inquiry, const struct ledger_hold *held, enum kind_id kind, enum level level,
                         const char *said)
{
    const struct lw_hold *hold = held->hold;
    const struct lw_site *site = ledger__site(inquiry->ledger, hold->site);
    struct tally_key key = {
        .kind = kinds__get(kind),
        .call = site ? inquiry__name(inquiry, site->call) : NULL,
        .scope = site ? inquiry__scope(inquiry, site->scope) : NULL,
        .stack = site ? stacks__number(inquiry->stacks, site->stack) : 0,
        .level = level,
        .facts = {{{.id = FACT_SAID, .text = said}}},
    };
    if (key.stack == 0)
        key.elsewhere = inquiry->program;
    const struct sighting sighting = {
        .process = inquiry->process, .count = 1, .thread = held->board->thread, .age = age_of(inquiry, hold)};
    return inquiry__add(inquiry, &key, hold->kind, &sighting);
}
