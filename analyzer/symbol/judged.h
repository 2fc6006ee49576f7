/* Verdicts on release calls that were reached before, by the return addresses that they were reached by. */
#ifndef JUDGED_H
#define JUDGED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbols.h"

struct judged;
struct pool;

enum verdict {
    VERDICT_UNKNOWN,            /* code that is not on disk, an indirect jump, something that cannot be followed */
    VERDICT_CHECKED,            /* all paths look at it */
    VERDICT_CHECKED_SOME_PATHS, /* some do, and some do not */
    VERDICT_IGNORED,            /* none does */
    VERDICT_RETURNED,           /* handed up to where the recorded stack ends */
};

struct callsite_verdict {
    enum verdict verdict;
    size_t frame;       /* how far up it was decided: an index of the frames */
    uint64_t where;     /* offset, in that frame's module, of the instruction that decided; 0: none */
    const char *how;    /* what the instruction does, in words that go before it: "overwritten by" */
    bool is_handed;     /* it is a call, or a jump that is one: of `callee`, or else of what stands at `target` */
    const char *callee; /* in another file; lives as long as the callsites; NULL: not known */
    uint64_t target;    /* offset in that frame's module; 0: not known */
    char evidence[96];  /* the instruction, "mov eax, 1"; with the name of what it calls, "call 0x1030 (free)" */
};

enum { JUDGED_CALLERS = 64 }; /* return addresses of one verdict at most */

struct judged *judged__new(struct pool *pool); /* in which texts are kept */
void judged__free(struct judged *judged);

/* False: there is none. */
bool judged__find(const struct judged *judged, const struct callsite_frame *frames, size_t count,
                  struct callsite_verdict *verdict);
void judged__add(struct judged *judged, const struct callsite_frame *frames, size_t count,
                 const struct callsite_verdict *verdict);

/* All of them; the frames live until the next call. */
typedef void judged_visit(void *context, const struct callsite_frame *frames, size_t count,
                          const struct callsite_verdict *verdict);
void judged__each(const struct judged *judged, judged_visit *visit, void *context);

#endif
