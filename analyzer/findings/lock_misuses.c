/* Locks that were given back, taken, destroyed or initialised as they must not be: lock-misuse. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/heap.h"
#include "base/pool.h"
#include "callsite/verdicts.h"
#include "inquiry.h"
#include "outcomes.h"

enum { TEXT = 128 };

/* By kind of misuse. The names tell findings at one place from each other. */
static const struct wording {
    const char *name, *said;
    enum level level;
} wordings[] = {
    [LW_LOCK_NOT_HELD] = {"not-held", "unlocked, and nobody held it", LEVEL_ERROR},
    [LW_LOCK_ANOTHERS] = {"anothers", "unlocked by another thread than its holder", LEVEL_NOTE},
    [LW_LOCK_TWICE] = {"twice", "locked twice by its own thread", LEVEL_ERROR},
    [LW_LOCK_OWNER_DIED] = {"owner-died", "got, and its owner had died", LEVEL_NOTE},
    [LW_LOCK_DESTROYED_HELD] = {"destroyed-held", "destroyed while held", LEVEL_ERROR},
    [LW_LOCK_DESTROYED_AWAITED] = {"destroyed-awaited", "destroyed while waited for", LEVEL_ERROR},
    [LW_LOCK_DESTROYED_TWICE] = {"destroyed-twice", "destroyed twice, or never initialised", LEVEL_ERROR},
    [LW_LOCK_USED_DESTROYED] = {"used-destroyed", "used after it was destroyed, or never initialised", LEVEL_ERROR},
    [LW_LOCK_INITIALISED_HELD] = {"initialised-held", "initialised again while held, or in memory that is used again",
                                  LEVEL_NOTE},
    [LW_LOCK_WAIT_WITHOUT] = {"wait-without", "waited with for a condition, and not held", LEVEL_ERROR},
};

static const char *later_text(const struct inquiry *inquiry, const struct lw_misuse *misuse)
{
    const char *verb = misuse->kind == LW_LOCK_ANOTHERS     ? "unlocked by"
                       : misuse->kind == LW_LOCK_OWNER_DIED ? "got by"
                                                            : "misused by";
    char text[TEXT];
    if (misuse->victim_thread == 0 || misuse->victim_thread == misuse->thread)
        return NULL;
    snprintf(text, sizeof text, "%s thread %" PRIu32 ", held by thread %" PRIu32, verb, misuse->thread,
             misuse->victim_thread);
    return pool__text(inquiry->pool, text);
}

/* Of its kind, and by which call: a mutex is not given back as a lock for reading and writing is. */
static const char *variety_of(const struct inquiry *inquiry, const struct lw_misuse *misuse)
{
    char *text = heap__printed("%s %s", wordings[misuse->kind].name, ledger__name(inquiry->ledger, misuse->call));
    const char *variety = pool__text(inquiry->pool, text);
    free(text);
    return variety;
}

/* What the program made of the call's error. */
static void tell_outcome(const struct inquiry *inquiry, struct tally_key *key)
{
    const struct outcome *outcome = key->error != 0 ? verdicts__of(inquiry->verdicts, key->released) : NULL;
    if (outcome != NULL && !outcome__was_looked_at(outcome))
        outcome__tell(outcome, key);
}

static void tell_words(struct tally_key *key, const char *said)
{
    struct tally_fact *fact = key->facts.fact;
    while (fact->id != FACT_NONE)
        fact++;
    *fact = tally_fact__text(FACT_SAID, said, NULL);
}

/* A mutex may be handed over like this; a lock that is written is broken by it. */
static enum level level_of(const struct lw_misuse *misuse)
{
    return misuse->kind == LW_LOCK_ANOTHERS && misuse->resource == LW_RWLOCK ? LEVEL_ERROR
                                                                             : wordings[misuse->kind].level;
}

static void add_misuse(struct inquiry *inquiry, const struct lw_misuse *misuse)
{
    const struct wording *wording = &wordings[misuse->kind];
    const struct lw_site *holder = ledger__site(inquiry->ledger, misuse->site);
    struct tally_key key = {
        .kind = kinds__get(KIND_LOCK_MISUSE),
        .call = inquiry__name(inquiry, misuse->call),
        .scope = holder ? inquiry__scope(inquiry, holder->scope) : NULL,
        .later = later_text(inquiry, misuse),
        .variety = variety_of(inquiry, misuse),
        .stack = holder ? stacks__number(inquiry->stacks, holder->stack) : 0,
        .released = stacks__number(inquiry->stacks, misuse->stack),
        .error = misuse->error,
        .level = level_of(misuse),
        .names_threads = true,
    };
    tell_outcome(inquiry, &key);
    tell_words(&key, wording->said);
    if (tally_key__place(&key) == 0)
        key.elsewhere = inquiry->program;
    const struct sighting sighting = {.process = inquiry->process,
                                      .count = misuse->count,
                                      .thread = misuse->thread,
                                      .age = inquiry__age(inquiry, misuse->last_time)};
    inquiry__add(inquiry, &key, misuse->resource, &sighting);
}

void lock_misuses__look(struct inquiry *inquiry)
{
    for (uint32_t i = 1; i < ledger__count(inquiry->ledger, LW_MISUSES); i++) {
        const struct lw_misuse *misuse = ledger__misuse(inquiry->ledger, i);
        if (misuse != NULL && lw_is_lock_misuse(misuse->kind) && misuse->count > 0)
            add_misuse(inquiry, misuse);
    }
}
