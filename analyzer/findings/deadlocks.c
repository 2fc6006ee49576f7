/* Threads that wait for each other, of one process or of several: deadlock.
 *
 * DESIGN. A thread that waits for a lock waits for all who hold it, so any way along these waits that comes back to where
 * it began is a deadlock. Who waits for a condition needs the mutex that it has given up meanwhile before it can go on, be
 * it signalled or not, and so waits for who has that. The ways are walked depth first, without recursion, each thread once, when all ledgers have been
 * read. Of a process that was read while it ran, only threads count whose boards have not changed between the two readings:
 * these waits, and what these threads held meanwhile, stood at one and the same moment.
 * Readers do not wait for readers; but where writers come first, who reads already and asks once more waits for the writer
 * who waits for it.
 *
 * Where locks stand at other addresses in other processes, a way that comes back must come back to the address at which it
 * began: as they lie in memory that is shared, they are as far apart in one process as in another. */
#include "deadlocks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "crowd.h"
#include "fork_waits.h"
#include "locks.h"

enum { TEXT = 512, HOLDS_TOLD = 8 };

enum colour { NEW, ON_THE_WAY, DONE };

struct step {
    struct crowd_search search;
    struct crowd_holder holder; /* of the next step */
};

struct walk {
    const struct crowd *crowd;
    struct tallies *tallies;
    struct pool *pool;
    unsigned char *colours; /* by number of a party: enum colour */
    struct step *steps;     /* the way */
    size_t depth;
};

/* The cycle that is being told. */
struct cycle {
    const struct walk *walk;
    const struct step *members;
    size_t count, first, processes;
    struct tally *tally;
};

void deadlocks__look(struct inquiry *inquiry)
{
    crowd__add(inquiry->crowd, inquiry);
}

/* ---- What is said ------------------------------------------------------------------------------------------------ */

static const struct party *party_of(const struct walk *walk, const struct step *step)
{
    return crowd__party(walk->crowd, step->search.from);
}

/* The one that is so many behind the first. */
static const struct step *member_at(const struct cycle *cycle, size_t number)
{
    return &cycle->members[(cycle->first + number) % cycle->count]; // NOLINT: it has one
}

/* "thread 4711 "worker"", and of which process, where there are several; what it runs stands behind. */
static const char *written(const struct cycle *cycle, const struct party *party, const char *routine)
{
    char text[TEXT];
    bool are_several = cycle->processes > 1;
    snprintf(text, sizeof text, "%s%s%s%s", party->name, routine, are_several ? " of " : "",
             are_several ? party->process_name : "");
    return pool__text(cycle->walk->pool, text);
}

static const char *name_of(const struct cycle *cycle, const struct party *party)
{
    return written(cycle, party, "");
}

static const char *name_beside(const struct cycle *cycle, const struct party *party, const struct party *self)
{
    return party == self ? "it itself" : name_of(cycle, party);
}

static void add_line(const struct cycle *cycle, const struct crowd_lock *lock, const char *text)
{
    const struct tally_item item = {.as = FACT_MEMBERS,
                                    .text = pool__text(cycle->walk->pool, text),
                                    .call = lock->call,
                                    .stack = lock->stack,
                                    .resource = lock->kind,
                                    .count = 1};
    tally__add_item(cycle->tally, &item);
}

static void say_wait(const struct cycle *cycle, const struct step *step, const struct party *holder)
{
    char text[TEXT];
    const struct party *party = party_of(cycle->walk, step);
    const struct crowd_lock *hold = step->holder.hold;
    const char *duration = party->wait.duration, *other = name_beside(cycle, holder, party);
    const char *timed = party->is_timed ? ", and will until its time-out at the latest," : "";
    int length = snprintf(text, sizeof text, "%s %s%s%s for ", written(cycle, party, party->routine),
                          duration[0] != '\0' ? "has waited" : "waits", duration, timed);
    size_t room = length > 0 && (size_t)length < sizeof text ? sizeof text - (size_t)length : 0;
    if (party->wait.kind == LW_THREAD)
        snprintf(text + sizeof text - room, room, "%s to end", other);
    else if (party->wait.kind == LW_CONDITION)
        snprintf(text + sizeof text - room, room, "a condition, and needs the mutex that %s holds", other);
    else if (hold == NULL)
        snprintf(text + sizeof text - room, room, "the %s once more, behind %s, which waits to write", party->wait.what,
                 other);
    else
        snprintf(text + sizeof text - room, room, "the %s that %s holds", party->wait.what, other);
    add_line(cycle, &party->wait, text);
}

static void say_hold(const struct cycle *cycle, const struct party *party, const struct crowd_lock *hold,
                     const struct party *waiter)
{
    char text[TEXT];
    const char *holds = hold->duration[0] != '\0' ? "has held" : "holds";
    if (waiter != NULL)
        snprintf(text, sizeof text, "%s %s%s the %s that %s waits for, taken", name_of(cycle, party), holds,
                 hold->duration, hold->what, name_beside(cycle, waiter, party));
    else
        snprintf(text, sizeof text, "%s %s%s another %s, taken", name_of(cycle, party), holds, hold->duration,
                 hold->what);
    add_line(cycle, hold, text);
}

/* What the one before it in the cycle waits for comes first. */
static void say_holds(const struct cycle *cycle, const struct party *party, const struct step *before)
{
    size_t told = 0;
    if (before->holder.hold != NULL)
        say_hold(cycle, party, before->holder.hold, party_of(cycle->walk, before));
    for (size_t i = 0; i < party->hold_count && told < HOLDS_TOLD; i++)
        if (&party->holds[i] != before->holder.hold) {
            say_hold(cycle, party, &party->holds[i], NULL);
            told++;
        }
}

/* ---- A cycle ----------------------------------------------------------------------------------------------------- */

static size_t first_of(const struct cycle *cycle)
{
    size_t first = 0;
    for (size_t i = 1; i < cycle->count; i++) {
        const uint64_t *left = party_of(cycle->walk, &cycle->members[i])->place;
        const uint64_t *right = party_of(cycle->walk, &cycle->members[first])->place;
        size_t at = 0;
        while (at < CROWD_FRAMES - 1 && left[at] == right[at])
            at++;
        if (left[at] < right[at])
            first = i;
    }
    return first;
}

static size_t count_processes(const struct cycle *cycle)
{
    size_t count = 0;
    for (size_t i = 0; i < cycle->count; i++) {
        size_t before = 0;
        while (before < i && party_of(cycle->walk, &cycle->members[before])->process !=
                                 party_of(cycle->walk, &cycle->members[i])->process)
            before++;
        count += before == i;
    }
    return count;
}

/* A lock on a file is the process's: another thread of it may give it back. */
static bool may_end(const struct cycle *cycle)
{
    for (size_t i = 0; i < cycle->count; i++) {
        const struct crowd_holder *holder = &cycle->members[i].holder;
        if (holder->hold != NULL && holder->hold->kind == LW_FILE_LOCK &&
            !crowd__party(cycle->walk->crowd, holder->party)->is_alone)
            return true;
    }
    return false;
}

static bool has_timed(const struct cycle *cycle)
{
    for (size_t i = 0; i < cycle->count; i++)
        if (party_of(cycle->walk, &cycle->members[i])->is_timed)
            return true;
    return false;
}

static const char *said_of(const struct cycle *cycle)
{
    char text[TEXT];
    if (cycle->count == 1)
        return party_of(cycle->walk, cycle->members)->wait.kind == LW_THREAD
                   ? "a thread waits for its own end"
                   : "a thread waits for a lock that it holds itself";
    if (cycle->processes == 1)
        snprintf(text, sizeof text, "%zu threads wait for each other", cycle->count);
    else
        snprintf(text, sizeof text, "%zu threads of %zu processes wait for each other", cycle->count, cycle->processes);
    return pool__text(cycle->walk->pool, text);
}

/* It is one, and theirs, too. */
static void add_processes(const struct cycle *cycle, struct tally *tally)
{
    for (size_t i = 0; i < cycle->count && cycle->processes > 1; i++) {
        const struct sighting sighting = {.process = party_of(cycle->walk, member_at(cycle, i))->process, .age = -1};
        tally__add(tally, &sighting);
    }
}

static struct tally *tally_of(const struct cycle *cycle)
{
    const struct party *first = party_of(cycle->walk, member_at(cycle, 0));
    struct tally_key key = {
        .kind = kinds__get(KIND_DEADLOCK),
        .call = first->wait.call,
        .scope = first->scope,
        .stack = first->wait.stack,
        .level = has_timed(cycle) || may_end(cycle) ? LEVEL_WARNING : kinds__get(KIND_DEADLOCK)->level,
        .facts = {{{.id = FACT_SAID, .text = said_of(cycle)}}},
    };
    if (key.stack == 0)
        key.elsewhere = first->program;
    const struct sighting sighting = {.process = first->process, .count = 1, .age = first->age};
    struct tally *tally = tallies__get(cycle->walk->tallies, &key, first->wait.kind);
    tally__add(tally, &sighting);
    tally__illustrate(tally, &sighting, false);
    add_processes(cycle, tally);
    return tally;
}

/* Each of them waits for the next one, and the last one for the first. Of cycles at the same place the first is told. */
static void tell(const struct walk *walk, const struct step *members, size_t count)
{
    struct cycle cycle = {.walk = walk, .members = members, .count = count};
    cycle.first = first_of(&cycle);
    cycle.processes = count_processes(&cycle);
    cycle.tally = tally_of(&cycle);
    if (cycle.tally->items != NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct party *party = party_of(walk, member_at(&cycle, i));
        say_wait(&cycle, member_at(&cycle, i), party_of(walk, member_at(&cycle, i + 1)));
        say_holds(&cycle, party, member_at(&cycle, i + count - 1));
    }
}

/* Nothing, all the way round? */
static bool comes_back(const struct step *members, size_t count)
{
    uint64_t apart = 0;
    for (size_t i = 0; i < count; i++)
        apart += members[i].holder.apart;
    return apart == 0;
}

/* ---- The walk ---------------------------------------------------------------------------------------------------- */

static void enter(struct walk *walk, size_t party)
{
    walk->colours[party] = ON_THE_WAY;
    walk->steps[walk->depth++] = (struct step){.search = {.from = party}};
}

static size_t step_of(const struct walk *walk, size_t party)
{
    size_t at = walk->depth;
    while (at > 0 && walk->steps[at - 1].search.from != party)
        at--;
    return at - 1;
}

static void go(struct walk *walk)
{
    struct step *last = &walk->steps[walk->depth - 1];
    if (!crowd__next(walk->crowd, &last->search, &last->holder)) {
        walk->colours[last->search.from] = DONE;
        walk->depth--;
        return;
    }
    size_t next = last->holder.party;
    if (walk->colours[next] == NEW) {
        enter(walk, next);
        return;
    }
    if (walk->colours[next] == DONE)
        return;
    size_t from = step_of(walk, next);
    if (comes_back(walk->steps + from, walk->depth - from))
        tell(walk, walk->steps + from, walk->depth - from);
}

void deadlocks__find(struct crowd *crowd, struct tallies *tallies, struct pool *pool)
{
    crowd__close(crowd);
    size_t count = crowd__count(crowd);
    struct walk walk = {.crowd = crowd,
                        .tallies = tallies,
                        .pool = pool,
                        .colours = heap__zeroed(count + 1, 1),
                        .steps = heap__zeroed(count + 1, sizeof(struct step))};
    for (size_t i = 0; i < count; i++) {
        if (walk.colours[i] == NEW)
            enter(&walk, i);
        while (walk.depth > 0)
            go(&walk);
        fork_waits__tell(crowd, i, tallies, pool);
    }
    free(walk.colours);
    free(walk.steps);
}
