/* Whether the program looked at what its releases returned: judged from machine code, once for each stack. */
#ifndef VERDICTS_H
#define VERDICTS_H

#include "callsite.h"

struct stacks;
struct verdicts;

struct outcome {
    enum verdict verdict;
    const char *name;          /* "ignored" */
    const char *told;          /* the same for people: "is overwritten", "is lost in the call of puts"; NULL: none */
    const char *evidence;      /* "overwritten by mov eax, 1", in the pool; NULL: none */
    const struct frame *frame; /* where that stands; NULL: not known */
    uint32_t place; /* number of a stack: the frames up to the one where it was decided, and none around them */
};

/* All of these must outlive the verdicts. */
struct verdicts *verdicts__new(struct symbols *symbols, struct stacks *stacks);
void verdicts__free(struct verdicts *verdicts);

/* Of a stack's number (of all ledgers; 0: not known). Lives as long as the verdicts. */
const struct outcome *verdicts__of(struct verdicts *verdicts, uint32_t stack);

#endif
