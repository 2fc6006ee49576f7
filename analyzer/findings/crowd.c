/* Threads of all processes that wait for a lock, with what they hold.
 *
 * DESIGN. One ledger is open at a time, so of each thread that waits, and of these alone, everything is kept that could be
 * told of it. A process knows a lock by its address, which another process need not have it at. What both know is the
 * kernel id of the thread that had it when it was asked for. That may have been long ago, so what this thread holds must
 * have been taken before that, must stand at the same place in its page, and must be the only such lock, unless it has the
 * same address. Having been taken before and being held still, it was held all the time; and who asked for it has waited
 * all the time. So it does not matter that the ledgers of processes that run are read one after the other. */
#include "crowd.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/heap.h"
#include "base/pool.h"
#include "file_holds.h"
#include "locks.h"
#include "model/resource.h"

#define IN_PAGE 4095u

#define FORKING 20000000u /* ns: the start of a process is known to the kernel's tick */

enum by { BY_LOCK, BY_WRITER, BY_FILE, BY_HANDLE, BY_THREAD, BY_TAKEN };

struct key {
    uint32_t by, process; /* enum by; of files and threads 0: of any process */
    uint64_t word;        /* the lock's address, the file's inode, the thread's pthread_t, its kernel id; of what a
                             process may have left to its children, the lock's address, and process is its pid */
    size_t party, hold;
};

struct crowd {
    struct party *parties;
    size_t count, room;
    struct crowd_taken *taken; /* what others may wait for in children */
    size_t taken_count, taken_room;
    struct key *keys;
    size_t key_count, key_room;
};

struct crowd *crowd__new(void)
{
    return heap__zeroed(1, sizeof(struct crowd));
}

void crowd__free(struct crowd *crowd)
{
    for (size_t i = 0; i < crowd->count; i++)
        free(crowd->parties[i].holds);
    free(crowd->parties);
    free(crowd->taken);
    free(crowd->keys);
    free(crowd);
}

size_t crowd__count(const struct crowd *crowd)
{
    return crowd->count;
}

const struct party *crowd__party(const struct crowd *crowd, size_t number)
{
    return &crowd->parties[number];
}

/* ---- Kept -------------------------------------------------------------------------------------------------------- */

struct crowd_lock crowd__lock(const struct inquiry *inquiry, const struct lw_hold *hold)
{
    const struct tally_item item = locks__item(inquiry, FACT_MEMBERS, hold, NULL);
    char duration[LOCKS_DURATION];
    return (struct crowd_lock){.lock = hold->lock,
                               .since = hold->since,
                               .kind = hold->kind,
                               .stack = item.stack,
                               .call = item.call,
                               .what = resource__noun(hold->kind, 1),
                               .duration = pool__text(inquiry->pool, locks__duration(inquiry, hold, duration))};
}

static uint64_t line_place(const struct ledger *ledger, const struct lw_frame *frame)
{
    uint64_t hash = HASH_START;
    const struct lw_line *line = frame->address == LW_ADDRESS_LINE ? ledger__line(ledger, frame->module) : NULL;
    if (frame->address == LW_ADDRESS_SOURCE)
        hash__text(&hash, ledger__name(ledger, frame->module));
    if (line == NULL)
        return hash;
    hash__text(&hash, ledger__name(ledger, line->file));
    return (hash ^ line->line) * HASH_START;
}

/* By what is the same in each run. */
static void keep_place(const struct ledger *ledger, const struct lw_site *site, struct party *party)
{
    const struct lw_frame *frames[CROWD_FRAMES];
    size_t count = ledger__stack(ledger, site ? site->stack : 0, frames, CROWD_FRAMES);
    for (size_t i = 0; i < count; i++) {
        if (lw_is_line(frames[i])) {
            party->place[i] = line_place(ledger, frames[i]);
            continue;
        }
        const struct lw_module *module = ledger__module(ledger, frames[i]->module);
        party->place[i] = frames[i]->address - (module ? module->base : 0);
    }
}

static void keep_holds(const struct inquiry *inquiry, const struct locks *locks, size_t wait, struct party *party)
{
    size_t room = 0;
    for (size_t i = wait; i-- > 0 && locks->holds[i].number == locks->holds[wait].number;) {
        if (locks->holds[i].hold->state != LW_HOLD_HELD)
            continue;
        party->holds = heap__room(party->holds, party->hold_count, &room, sizeof(struct crowd_lock));
        party->holds[party->hold_count++] = crowd__lock(inquiry, locks->holds[i].hold);
    }
}

/* What the thread must get before its wait can end: that, or the mutex that it has given up for a condition. */
static const struct lw_hold *needed_by(const struct locks *locks, size_t wait)
{
    const struct lw_hold *hold = locks->holds[wait].hold;
    for (size_t i = wait; hold->kind == LW_CONDITION && i-- > 0;)
        if (locks->holds[i].number != locks->holds[wait].number)
            break;
        else if (locks->holds[i].hold->state == LW_HOLD_GIVEN_UP)
            return locks->holds[i].hold;
    return hold;
}

/* Only who reads it already waits in a circle with that writer, for sure. */
static bool reads_twice(const struct party *party, const struct lw_hold *wait)
{
    for (size_t i = 0; i < party->hold_count; i++)
        if (party->holds[i].kind == LW_READ_LOCK && party->holds[i].lock == wait->lock)
            return wait->count & LW_WAIT_BEHIND;
    return false;
}

/* What a thread of this process has, or had when it ended, was not held at fork. */
static uint32_t lost_owner(const struct locks *locks, const struct ledger_hold *wait)
{
    size_t at = locks__find(locks, wait->hold->lock);
    for (; at < locks->count && locks->by_lock[at]->hold->lock == wait->hold->lock; at++)
        if (locks->by_lock[at]->hold->state != LW_HOLD_TAKING)
            return 0;
    for (size_t i = 0; i < locks->count; i++)
        if (locks->holds[i].board->lost > 0)
            return 0;
    return wait->hold->count & LW_WAIT_ORPHANED ? wait->board->owner : 0;
}

static void keep(struct crowd *crowd, const struct inquiry *inquiry, const struct locks *locks, size_t wait)
{
    const struct lw_board *board = locks->holds[wait].board;
    const struct lw_hold *hold = locks->holds[wait].hold;
    const struct lw_site *site = ledger__site(inquiry->ledger, hold->site);
    const struct lw_header *header = ledger__header(inquiry->ledger);
    const struct lw_hold *needed = needed_by(locks, wait);
    bool is_few = ledger__lanes(inquiry->ledger).thread <= 1 && locks->boards <= 2;
    struct party party = {
        .process = inquiry->process,
        .pid = header->pid,
        .parent = header->parent_pid,
        .thread = board->thread,
        .owner = hold->count & LW_WAIT_SHARED ? board->owner : 0,
        .lost_owner = lost_owner(locks, &locks->holds[wait]),
        .is_timed = hold->kind != LW_CONDITION && hold->count & LW_WAIT_TIMED,
        .needs = needed->lock,
        .needs_kind = needed->kind,
        .is_alone = is_few,
        .handle = board->handle,
        .born = inquiry->life.start,
        .died = inquiry->life.end_is_known ? inquiry->life.end : UINT64_MAX,
        .name = locks__thread(inquiry, board),
        .routine = locks__routine(inquiry, hold),
        .process_name = locks__process(inquiry),
        .host = pool__text(inquiry->pool, header->host),
        .scope = site ? inquiry__scope(inquiry, site->scope) : NULL,
        .program = inquiry->program,
        .age = inquiry__age(inquiry, ledger__time_of_ticks(inquiry->ledger, hold->since)),
        .wait = crowd__lock(inquiry, hold),
    };
    keep_place(inquiry->ledger, site, &party);
    keep_holds(inquiry, locks, wait, &party);
    party.is_behind = reads_twice(&party, hold);
    file_holds__add(inquiry, &party);
    crowd->parties = heap__room(crowd->parties, crowd->count, &crowd->room, sizeof(struct party));
    crowd->parties[crowd->count++] = party;
}

/* Anybody may end a wait for a semaphore, a barrier; that for a condition, only once its mutex is free. */
static bool has_holders(const struct locks *locks, const struct ledger_hold *wait)
{
    uint32_t kind = needed_by(locks, (size_t)(wait - locks->holds))->kind;
    return kind < LW_CONDITION || kind > LW_BARRIER;
}

static void keep_taken(struct crowd *crowd, const struct inquiry *inquiry, const struct ledger_hold *held)
{
    const struct lw_header *header = ledger__header(inquiry->ledger);
    if (held->hold->state != LW_HOLD_HELD || (held->hold->kind != LW_MUTEX && held->hold->kind != LW_WRITE_LOCK))
        return;
    crowd->taken = heap__room(crowd->taken, crowd->taken_count, &crowd->taken_room, sizeof(struct crowd_taken));
    crowd->taken[crowd->taken_count++] =
        (struct crowd_taken){.pid = header->pid,
                             .thread = held->board->thread,
                             .time = ledger__time_of_ticks(inquiry->ledger, held->hold->since),
                             .name = locks__thread(inquiry, held->board),
                             .process_name = locks__process(inquiry),
                             .host = pool__text(inquiry->pool, header->host),
                             .lock = crowd__lock(inquiry, held->hold)};
}

void crowd__add(struct crowd *crowd, const struct inquiry *inquiry)
{
    bool is_running = ledger__is_running(inquiry->ledger);
    struct locks locks = locks__read(inquiry);
    for (uint32_t i = 1; i < locks.boards; i++) {
        const struct ledger_hold *wait = locks__wait_of(&locks, i);
        if (wait != NULL && has_holders(&locks, wait) && !(is_running && ledger__board_moved(wait->board)))
            keep(crowd, inquiry, &locks, (size_t)(wait - locks.holds));
    }
    for (size_t i = 0; i < locks.count; i++)
        keep_taken(crowd, inquiry, &locks.holds[i]);
    locks__free(&locks);
}

/* ---- Looked up --------------------------------------------------------------------------------------------------- */

static int compare_keys(const struct key *a, const struct key *b)
{
    if (a->by != b->by)
        return a->by < b->by ? -1 : 1;
    if (a->process != b->process)
        return a->process < b->process ? -1 : 1;
    return a->word < b->word ? -1 : a->word > b->word;
}

static int by_key(const void *left, const void *right)
{
    const struct key *a = left, *b = right;
    int order = compare_keys(a, b);
    if (order != 0)
        return order;
    if (a->party != b->party)
        return a->party < b->party ? -1 : 1;
    return a->hold < b->hold ? -1 : a->hold > b->hold;
}

static void add_key(struct crowd *crowd, struct key key)
{
    crowd->keys = heap__room(crowd->keys, crowd->key_count, &crowd->key_room, sizeof(struct key));
    crowd->keys[crowd->key_count++] = key;
}

void crowd__close(struct crowd *crowd)
{
    for (size_t i = 0; i < crowd->count; i++) {
        const struct party *party = &crowd->parties[i];
        for (size_t k = 0; k < party->hold_count; k++)
            add_key(crowd, party->holds[k].kind == LW_FILE_LOCK
                               ? (struct key){BY_FILE, 0, party->holds[k].file.inode, i, k}
                               : (struct key){BY_LOCK, party->process, party->holds[k].lock, i, k});
        if (party->needs_kind == LW_WRITE_LOCK)
            add_key(crowd, (struct key){BY_WRITER, party->process, party->needs, i, 0});
        if (party->handle != 0)
            add_key(crowd, (struct key){BY_HANDLE, party->process, party->handle, i, 0});
        add_key(crowd, (struct key){BY_THREAD, 0, party->thread, i, 0});
    }
    for (size_t i = 0; i < crowd->taken_count; i++)
        add_key(crowd, (struct key){BY_TAKEN, crowd->taken[i].pid, crowd->taken[i].lock.lock, i, 0});
    if (crowd->key_count > 1)
        qsort(crowd->keys, crowd->key_count, sizeof(struct key), by_key);
}

static size_t first_at(const struct crowd *crowd, const struct key *wanted)
{
    size_t low = 0, high = crowd->key_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_keys(&crowd->keys[middle], wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Did both processes run at one time, and could their words be compared? */
static bool are_together(const struct party *a, const struct party *b)
{
    return a->host == b->host && a->born <= b->died && b->born <= a->died;
}

static const struct crowd_lock *shared_hold(const struct party *waits, const struct party *owner)
{
    const struct crowd_lock *found = NULL;
    size_t count = 0;
    for (size_t i = 0; i < owner->hold_count; i++) {
        const struct crowd_lock *hold = &owner->holds[i];
        bool is_blocked = locks__blocks(waits->needs_kind, hold->kind, false) && hold->since <= waits->wait.since;
        if (is_blocked && hold->lock == waits->needs)
            return hold;
        if (is_blocked && ((hold->lock ^ waits->needs) & IN_PAGE) == 0) {
            found = hold;
            count++;
        }
    }
    return count == 1 ? found : NULL;
}

/* What this key's thread holds that blocks this one; and is it blocked at all? */
static bool is_blocked(const struct crowd *crowd, const struct party *waits, const struct key *key,
                       struct crowd_holder *holder)
{
    const struct party *party = &crowd->parties[key->party];
    *holder = (struct crowd_holder){.party = key->party};
    if (key->by == BY_HANDLE)
        return true;
    if (key->by == BY_WRITER)
        return waits->is_behind && party->wait.since <= waits->wait.since;
    if (key->by == BY_FILE) {
        holder->hold = &party->holds[key->hold];
        bool is_own = party->process == waits->process;
        return file_holds__block(&waits->wait, holder->hold, is_own) && (is_own || are_together(party, waits));
    }
    if (key->by == BY_LOCK) {
        holder->hold = &party->holds[key->hold];
        return locks__blocks(waits->needs_kind, holder->hold->kind, party == waits) &&
               (party != waits || waits->wait.kind != LW_CONDITION);
    }
    if (party->process == waits->process || !are_together(party, waits))
        return false;
    holder->hold = shared_hold(waits, party);
    holder->apart = holder->hold ? holder->hold->lock - waits->needs : 0;
    return holder->hold != NULL;
}

/* In its own process by the lock, in others by who had it; and writers ahead of it. */
static bool key_of(const struct party *waits, unsigned phase, struct key *key)
{
    if (phase == 0 && waits->needs_kind == LW_FILE_LOCK)
        *key = (struct key){BY_FILE, 0, waits->wait.file.inode, 0, 0};
    else if (phase == 0)
        *key = (struct key){waits->needs_kind == LW_THREAD ? BY_HANDLE : BY_LOCK, waits->process, waits->needs, 0, 0};
    else if (phase == 1)
        *key = (struct key){BY_THREAD, 0, waits->owner != 0 ? waits->owner : UINT64_MAX, 0, 0};
    else
        *key = (struct key){BY_WRITER, waits->process, waits->needs, 0, 0};
    return phase <= 1 || (phase == 2 && waits->is_behind);
}

bool crowd__next(const struct crowd *crowd, struct crowd_search *search, struct crowd_holder *holder)
{
    const struct party *waits = &crowd->parties[search->from];
    struct key wanted;
    for (; key_of(waits, search->phase, &wanted); search->phase++, search->next = 0) {
        size_t at = search->next > 0 ? search->next : first_at(crowd, &wanted);
        for (; at < crowd->key_count && compare_keys(&crowd->keys[at], &wanted) == 0; at++)
            if (is_blocked(crowd, waits, &crowd->keys[at], holder)) {
                search->next = at + 1;
                return true;
            }
    }
    return false;
}

const struct crowd_taken *crowd__left_by_parent(const struct crowd *crowd, const struct party *party)
{
    const struct key wanted = {BY_TAKEN, party->parent, party->needs, 0, 0};
    for (size_t at = first_at(crowd, &wanted); at < crowd->key_count && compare_keys(&crowd->keys[at], &wanted) == 0;
         at++) {
        const struct crowd_taken *taken = &crowd->taken[crowd->keys[at].party];
        if (taken->thread == party->lost_owner && taken->host == party->host && taken->time != 0 &&
            taken->time <= party->born + FORKING)
            return taken;
    }
    return NULL;
}
