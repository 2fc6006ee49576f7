/* One ledger being looked at: what the files of this directory that look for findings share. */
#ifndef INQUIRY_H
#define INQUIRY_H

#include "collector.h"
#include "connection/connections.h"
#include "life.h"
#include "symbol/stacks.h"
#include "tally/siblings.h"
#include "tally/tally.h"

struct audit;
struct close_waits;
struct connection_list;
struct crowd;
struct growth;
struct let_go;
struct lock_costs;
struct scope_paths;
struct verdicts;

enum { THREADS_TOLD = 32 }; /* of one tally: as many say enough */

struct inquiry {
    const struct ledger *ledger;
    struct life life;
    uint32_t process;    /* its number in the report */
    const char *program; /* base name of its executable, in the pool */
    const char *command; /* as baselines name the program: with its arguments; in the pool */
    bool leaks_on_signal, steady;
    uint32_t pids[2]; /* the process and its parent */
    struct stacks *stacks;
    struct tallies *tallies;
    struct siblings *siblings;
    struct suppressions *suppressions;
    struct pool *pool;
    struct thread_names *thread_names;
    struct scope_paths *paths;
    struct lock_costs *lock_costs;
    struct verdicts *verdicts;
    struct crowd *crowd;                     /* threads that wait for locks */
    const struct let_go *let_go;             /* what is known of this process from before it was attached to again */
    struct audit *audit;                     /* NULL: not asked for */
    struct connections *connections;         /* NULL: its process has ended, and nobody asked for a list */
    struct connection_list *connection_list; /* NULL: nobody asked for one */
    double idle;                             /* seconds: see struct collector_options */
    struct close_waits *close_waits;         /* NULL: its process has ended */
    struct growth *growth;                   /* NULL: not asked for yet, see growths.h */
    struct results *failures;                /* to be added to */
    struct tally **leftovers;                /* by row of what scopes left: where it is told; NULL: nowhere */
    uint64_t expected;                       /* held, and the program says: on purpose */
};

/* The looks of model/kinds.def, each of which looks for findings of one kind or several. */
#define KIND(id, name, level, about, look, ...) void look##__look(struct inquiry *inquiry);
#include "model/kinds.def"
#undef KIND

/* No findings, but what findings are compared with: what became of all that was acquired by a stack, how often each scope
 * was entered. */
void siblings__look(struct inquiry *inquiry);
void scopes__look(struct inquiry *inquiry);
/* What locks cost. */
void lockings__look(struct inquiry *inquiry);
/* Which connections are held. */
void held_connections__look(struct inquiry *inquiry);

/* Is what this slot holds told of as something that a scope left? */
bool scope_leaks__tell_of(const struct inquiry *inquiry, const struct lw_slot *slot);

/* The descriptors of one ledger that are told of as having crossed an exec; to be freed. */
struct crossed_list {
    uint64_t *keys; /* in order */
    size_t count;
};
struct crossed_list crossings__list(const struct inquiry *inquiry);
bool crossings__tell_of(const struct crossed_list *list, const struct lw_slot *slot);

/* The scope's path, "server > request" or "thread worker", in the pool; NULL for the process. */
const char *inquiry__scope(const struct inquiry *inquiry, uint32_t scope);

/* A name of the ledger, in the pool; NULL where it is empty. */
const char *inquiry__name(const struct inquiry *inquiry, uint32_t name);

/* How long before the end a time was; < 0 if not known. */
double inquiry__age(const struct inquiry *inquiry, uint64_t time);

/* Adds what a sighting shows to the tally; steady, where that is asked for. */
void inquiry__illustrate(const struct inquiry *inquiry, struct tally *tally, const struct sighting *sighting);

/* Adds a sighting to the tally with this key. What its detail says may be suppressed. */
struct tally *inquiry__add(struct inquiry *inquiry, struct tally_key *key, uint32_t resource_kind,
                           const struct sighting *sighting);

#endif
