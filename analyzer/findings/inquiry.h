/* One ledger being looked at: what the files of this directory that look for findings share. */
#ifndef INQUIRY_H
#define INQUIRY_H

#include "collector.h"
#include "life.h"
#include "symbol/stacks.h"
#include "tally/siblings.h"
#include "tally/tally.h"

struct scope_paths;
struct verdicts;

struct inquiry {
    const struct ledger *ledger;
    struct life life;
    uint32_t process;    /* its number in the report */
    const char *program; /* base name of its executable, in the pool */
    bool leaks_on_signal;
    struct stacks *stacks;
    struct tallies *tallies;
    struct siblings *siblings;
    struct suppressions *suppressions;
    struct pool *pool;
    struct scope_paths *paths;
    struct verdicts *verdicts;
    struct results *failures; /* to be added to */
    struct tally **leftovers; /* by row that speaks for a story: where it is counted; NULL: nowhere */
    uint64_t expected;        /* held, and the program says: on purpose */
};

void leaks__look(struct inquiry *inquiry);      /* fd-leak, stream-leak, dir-leak, child-leak, untracked-fd */
void crossings__look(struct inquiry *inquiry);  /* inherited-fd */
void exhaustion__look(struct inquiry *inquiry); /* fd-exhausted */
void scopes__look(struct inquiry *inquiry);     /* no findings: how often each was entered */
void scope_leaks__look(struct inquiry *inquiry);
void imbalances__look(struct inquiry *inquiry); /* unbalanced-scope */
void disorders__look(struct inquiry *inquiry);  /* release-order */
void misuses__look(
    struct inquiry *inquiry); /* double-close, use-after-close, invalid-release, foreign-close, clobbered-fd */
void failures__look(struct inquiry *inquiry); /* swallowed-error, lost-write */
void siblings__look(struct inquiry *inquiry); /* no findings: what leaks are compared with */

/* Is what this slot holds told of as something that a scope left? */
bool scope_leaks__tell_of(const struct inquiry *inquiry, const struct lw_slot *slot);

/* The scope's path, "server > request" or "thread worker", in the pool; NULL for the process. */
const char *inquiry__scope(const struct inquiry *inquiry, uint32_t scope);

/* A name of the ledger, in the pool; NULL where it is empty. */
const char *inquiry__name(const struct inquiry *inquiry, uint32_t name);

/* How long before the end a time was; < 0 if not known. */
double inquiry__age(const struct inquiry *inquiry, uint64_t time);

/* Adds a sighting to the tally with this key. What its detail says may be suppressed. */
struct tally *inquiry__add(struct inquiry *inquiry, struct tally_key *key, uint32_t resource_kind,
                           const struct sighting *sighting);

#endif
