/* What was found of one kind at one stack, over all ledgers: the raw matter of findings, before anything is symbolised. */
#ifndef TALLY_H
#define TALLY_H

#include "crew.h"
#include "details.h"
#include "model/finding.h"
#include "model/kinds.h"

struct suppression;
struct telling;

enum { LASTING_FEW = 7 }; /* of what lasts by its nature, of one place at most: see findings/lasting.h */

/* A fact whose stack is not symbolised yet. */
struct tally_fact {
    uint32_t id;    /* enum fact_id; FACT_NONE: it is none */
    uint32_t stack; /* its number; 0: none */
    const char *text, *call;
    const struct frame *place;
};

/* Written as one list, so that one more than there is room for does not compile. */
struct tally_facts {
    struct tally_fact fact[5];
};

/* None, where the text is NULL or the stack not known. */
static inline struct tally_fact tally_fact__text(enum fact_id id, const char *text, const struct frame *place)
{
    return text ? (struct tally_fact){.id = id, .text = text, .place = place} : (struct tally_fact){.id = FACT_NONE};
}

static inline struct tally_fact tally_fact__stack(enum fact_id id, uint32_t stack, const char *call)
{
    return stack ? (struct tally_fact){.id = id, .stack = stack, .call = call} : (struct tally_fact){.id = FACT_NONE};
}

/* Equal keys are one tally. All texts are of one pool, so that addresses can be compared. */
struct tally_key {
    const struct finding_kind *kind;
    const char *call, *scope, *later;
    const char *elsewhere;          /* where there is no stack: what to tell it by */
    const struct suppression *rule; /* that matched its detail */
    const char *variety;            /* of its kind, where no call tells it from others; NULL: none */
    struct tally_facts facts;       /* what its findings say besides */
    uint32_t stack, released;       /* numbers of stacks; 0: not known */
    int32_t error;
    uint32_t level;         /* enum level */
    uint32_t names_threads; /* `later` does, by numbers that differ from run to run */
    uint32_t is_to_end;     /* as far as its process tells, it was held to the end, and nothing is wrong with that */
    uint32_t is_lasting;    /* by its nature: see findings/lasting.h */
    uint32_t is_sent;       /* by another process, which says how many: see findings/held.h */
    uint32_t is_newest;     /* though others of its place were given back: see findings/generation.h */
    uint32_t acquired_as; /* enum fact_id, of `stack`; 0: as the kind says. Keys are compared byte by byte: no holes */
};

/* The stack that tells one finding of its kind from another. */
static inline uint32_t tally_key__place(const struct tally_key *key)
{
    return key->kind->about & ABOUT_RELEASE && key->released != 0 ? key->released : key->stack;
}

struct tally_share {
    uint32_t process; /* number in the report */
    uint64_t count;
};

/* Of a list: struct item. */
struct tally_item {
    enum fact_id as;  /* the list that it stands in */
    const char *text; /* see struct item */
    const char *call;
    uint32_t stack, resource;
    uint64_t count;
};

struct tally {
    struct tally_key key;
    uint64_t count;
    double age; /* of the oldest; < 0: not known */
    uint32_t resource_kind;
    struct example examples[EXAMPLES];
    size_t example_count;
    struct details details;
    struct crew crew;
    struct tally_share *shares; /* by process, in the order of the report */
    size_t share_count, share_room;
    struct telling *telling;       /* of a scope-leak; NULL: it is none */
    struct growth_summary *growth; /* NULL: none */
    struct tally_item *items;      /* of all lists that its findings have */
    size_t item_count, item_room;
    struct tally *next; /* in the order in which they were met */
};

struct tallies;

struct tallies *tallies__new(void);
void tallies__free(struct tallies *tallies);
struct tally *tallies__first(const struct tallies *tallies);

/* The tally with this key, made if need be. */
struct tally *tallies__get(struct tallies *tallies, const struct tally_key *key, uint32_t resource_kind);

/* One resource, or several alike. detail NULL: none; age < 0: not known. */
struct sighting {
    uint32_t process;
    uint64_t count;
    uint64_t id;
    bool has_id;
    const char *detail;
    const char *label; /* NULL: none */
    uint32_t thread;   /* kernel id of who acquired it; 0: not known */
    double age;
};
void tally__add(struct tally *tally, const struct sighting *sighting);
void tally__add_item(struct tally *tally, const struct tally_item *item);

/* Tells more of what has been counted already: an example, its age, its detail. */
void tally__illustrate(struct tally *tally, const struct sighting *sighting, bool steady);

#endif
