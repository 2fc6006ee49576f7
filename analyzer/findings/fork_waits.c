/* Threads of children of fork that wait for a lock whose holder is not there: deadlock.
 *
 * DESIGN. A child has a copy of each lock as it was at that moment, and only the thread that forked. The lock's own words
 * say which thread had it; the library has asked the kernel, and that is no thread of the child. Should the child have
 * other threads, one of them might give back what it has not taken: that is a warning. Where the lock was taken, the
 * parent's ledger says, if the parent has not given its own back since. */
#include "fork_waits.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/pool.h"
#include "crowd.h"
#include "tally/tally.h"

enum { TEXT = 512 };

static void add_line(struct tally *tally, const struct crowd_lock *lock, const char *text)
{
    const struct tally_item item = {
        .as = FACT_MEMBERS, .text = text, .call = lock->call, .stack = lock->stack, .resource = lock->kind, .count = 1};
    tally__add_item(tally, &item);
}

static void say_wait(struct tally *tally, const struct party *party, struct pool *pool)
{
    char text[TEXT];
    snprintf(text, sizeof text,
             "thread %" PRIu32 " held the %s when %s was forked, and is not in that process: %s %s for it%s%s",
             party->lost_owner, party->wait.what, party->process_name, party->name,
             party->wait.duration[0] != '\0' ? "has waited" : "waits", party->wait.duration,
             party->is_timed ? ", and will until its time-out at the latest," : "");
    add_line(tally, &party->wait, pool__text(pool, text));
}

static void say_hold(struct tally *tally, const struct crowd_taken *taken, struct pool *pool)
{
    char text[TEXT];
    snprintf(text, sizeof text, "%s of %s %s it there%s, taken", taken->name, taken->process_name,
             taken->lock.duration[0] != '\0' ? "has held" : "holds", taken->lock.duration);
    add_line(tally, &taken->lock, pool__text(pool, text));
}

void fork_waits__tell(const struct crowd *crowd, size_t number, struct tallies *tallies, struct pool *pool)
{
    const struct party *party = crowd__party(crowd, number);
    if (party->lost_owner == 0)
        return;
    struct tally_key key = {
        .kind = kinds__get(KIND_DEADLOCK),
        .call = party->wait.call,
        .scope = party->scope,
        .stack = party->wait.stack,
        .level = party->is_timed || !party->is_alone ? LEVEL_WARNING : kinds__get(KIND_DEADLOCK)->level,
        .facts = {{{.id = FACT_SAID,
                    .text = "a thread waits for a lock that was held at fork, by a thread of the parent"}}},
    };
    if (key.stack == 0)
        key.elsewhere = party->program;
    const struct sighting sighting = {.process = party->process, .count = 1, .age = party->age};
    struct tally *tally = tallies__get(tallies, &key, party->wait.kind);
    tally__add(tally, &sighting);
    tally__illustrate(tally, &sighting, false);
    if (tally->items != NULL)
        return;
    say_wait(tally, party, pool);
    const struct crowd_taken *taken = crowd__left_by_parent(crowd, party);
    if (taken != NULL)
        say_hold(tally, taken, pool);
}
