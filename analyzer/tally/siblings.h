/* What became of all of one class that was acquired by a stack, over all ledgers: how many there were, and where they were
 * released. One call may acquire a terminal and a child: those are two families. */
#ifndef SIBLINGS_H
#define SIBLINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leakwatch/ledger.h"

struct siblings;
struct stacks;

struct siblings_release {
    const char *call; /* of the pool */
    uint32_t stack;   /* that released; 0: not known */
    uint64_t count;
    struct siblings_release *next; /* of the same family */
};

struct siblings *siblings__new(void);
void siblings__free(struct siblings *siblings);

/* The number of the family that this stack acquires when it acquires this (enum lw_kind). */
uint32_t siblings__family(uint32_t stack, uint32_t kind);
/* The families of what is told of: that one, or all of the stack's where nothing of this kind is acquired there (what ran
 * out, or was released, need not be what the call acquires). At most SIBLINGS_FAMILIES; how many. */
enum { SIBLINGS_FAMILIES = LW_CLASS_OTHER + 1 };
size_t siblings__families(const struct siblings *siblings, uint32_t stack, uint32_t kind, uint32_t *families);

/* Calls are texts of one pool: equal ones are one text. */
/* scope: its path, likewise; NULL: the process. */
void siblings__acquired(struct siblings *siblings, uint32_t family, const char *call, const char *scope,
                        uint64_t count);
void siblings__released(struct siblings *siblings, uint32_t family, uint32_t by, const char *call, uint64_t count);

/* Did another stack acquire that is a copy of this one: the same call in the source, see symbol/stacks.h?
 * given_back: and was something given back of what it acquired? */
bool siblings__has_copy(const struct siblings *siblings, uint32_t family, struct stacks *stacks, bool given_back);

/* Was some of it acquired in another scope than this one? */
bool siblings__are_of_others(const struct siblings *siblings, uint32_t family, const char *scope);

uint64_t siblings__count(const struct siblings *siblings, uint32_t family);
const struct siblings_release *siblings__releases(const struct siblings *siblings, uint32_t family);

#endif
