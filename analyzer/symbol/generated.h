/* Functions that a compiler made at run time, with the names that perf's map of their process has. */
#ifndef GENERATED_H
#define GENERATED_H

#include "ledger/read.h"
#include "symbols.h"

/* Of one ledger. */
struct generated {
    struct symbols *symbols;
    const struct ledger *ledger; /* NULL: none */
    uint32_t module;             /* under which the symbols keep its names; 0: not asked for yet */
};

/* What the function there is called; equal ones are one text of the pool. NULL: nobody knows. */
const char *generated__name(struct generated *generated, const struct lw_frame *frame);
/* The frame that such a text is told as. Its file and line, where there are any, are those where the function begins. */
struct frame generated__frame(const char *name, struct pool *pool);

#endif
