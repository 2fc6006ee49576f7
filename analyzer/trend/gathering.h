/* Ledgers in, one trend out. They are looked at one after the other and may be closed at once. */
#ifndef GATHERING_H
#define GATHERING_H

#include "findings/life.h"
#include "trend.h"

struct gathering;
struct stacks;
struct symbols;

struct gathering_options {
    const char *const *skip_exe; /* patterns, ends with NULL; NULL: the built-in list of carriers */
    const char *program;         /* only processes whose program's name matches; NULL: all */
    struct past *past;           /* what a store knows of them; NULL: none is asked. It outlives the gathering */
};

/* stacks: of these symbols, and outlive it, for those who gather again and again; NULL: it has its own. */
struct gathering *gathering__new(const struct gathering_options *options, struct symbols *symbols,
                                 struct stacks *stacks);
void gathering__free(struct gathering *gathering); /* and its trend */

/* seen: as collector__add has it. */
void gathering__add(struct gathering *gathering, const struct ledger *ledger, const struct seen_end *seen);
/* One that could not be read back: its path, and why. */
void gathering__miss(struct gathering *gathering, const char *text);

/* To be called once. The trend lives as long as the gathering and the symbols. */
const struct trend *gathering__finish(struct gathering *gathering);

#endif
