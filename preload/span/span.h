/* Spans of scopes: where they are kept, and what each holds. What happens to them is scope.c's affair.
 *
 * DESIGN. A span lives from a scope's begin to its end, in memory of its own and not in the ledger: a million of them a
 * second leave nothing behind but counters. It is known by a number that is never used again: the program may keep it
 * for ever, end it twice, or bring it to a child of fork, and is recognised each time.
 *
 * A span remembers the slots that were charged to it. A slot says for which span it is held (lw_slot.entry), and that
 * alone counts: the list of a span may hold slots that were given back, handed over or used again, which are passed by
 * when it is looked at, and go when it is full. So giving something back touches no list, and no list needs a lock: only
 * the thread to which the span belongs writes it. What other threads hand over waits in its inbox. */
#ifndef LW_SPAN_H
#define LW_SPAN_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/ledger.h"
#include "stack/stack.h"

#pragma GCC visibility push(hidden)

#define LW_FEW 4u
#define LW_NOBODY 0u         /* lw_span.thread: detached */
#define LW_GIVING UINT32_MAX /* lw_span.thread: detached, and another thread is putting something into its list */

struct lw_span {
    uint64_t id;                  /* see lw_span_find; 0: not in use */
    struct lw_span *outer;        /* the one around it on its thread */
    struct lw_span *top;          /* detached: the innermost of those that were taken off together with it */
    struct lw_lane *lane;         /* of the thread that began it … */
    struct lw_scope_count *count; /* … and its counters there */
    uint64_t since;               /* clock */
    const void *block;            /* frame of the function that has it as a block; NULL: none */
    uint64_t begun;               /* return address of the call that began it */
    uint32_t index, generation;   /* they outlive its use, and make its id together with the scope */
    uint32_t scope;               /* its path; LW_OTHER: folded */
    uint32_t thread;              /* kernel id; LW_NOBODY, LW_GIVING */
    uint16_t depth;
    uint8_t kind; /* enum lw_scope_kind */
    uint8_t failed;
    uint8_t condemned;    /* another thread has ended it: its own thread will notice */
    uint8_t doubtful;     /* a longjmp went off inside of it: its block may have been left */
    uint8_t has_locks;    /* it was not detached since `locks_since` */
    uint8_t locks_before; /* how many its thread held then: others in their place are no more than it had */
    int32_t here;         /* charged minus given back by its own thread … */
    int32_t elsewhere;    /* … and by others: the sum is what it holds */
    uint32_t most;
    uint32_t locks_since; /* lw_hold.serial: larger ones of its thread's locks were taken in it */
    uint32_t held_count, held_room;
    struct lw_slot **held;  /* `few`, or a block of its own */
    struct lw_inbox *inbox; /* NULL: there have been none */
    uint32_t failure_stack; /* the last acquisition that failed in it … */
    uint32_t failure_call;  /* … 0: none did */
    int32_t failure_error;
    struct lw_slot *few[LW_FEW];
    char reason[LW_REASON]; /* why it failed */
};

/* What a thread keeps for its scopes; it stays with the thread's lane. */
#define LW_SCOPE_MEMOS 64u
#define LW_LINES_TOLD 6u
#define LW_LEAVINGS 64u
struct lw_scope_memo {
    const char *pointer; /* where the name stood the last time */
    uint32_t parent, scope;
    struct lw_scope_count *count;
    char name[LW_SCOPE_NAME]; /* what it said; zero-terminated unless full */
};
struct lw_scopes {
    uint32_t era;
    uint32_t free_count;
    struct lw_span *free; /* through `outer` */
    uint64_t *blocks;     /* spare ones of 4 KiB, through their first word */
    uint32_t block_count;
    uint32_t source_count; /* lines of the next acquisition, innermost first: names */
    uint32_t sources[LW_LINES_TOLD];
    uint32_t too_deep;   /* functions that were entered too deep, and not left yet */
    uint32_t jump_stack; /* of the last longjmp out of a block */
    struct {
        uint32_t row, count;
    } leavings[LW_LEAVINGS]; /* at work in leftovers.c */
    struct lw_scope_memo memos[LW_SCOPE_MEMOS];
};

/* For the thread that has this lane from now on; NULL: no room. */
struct lw_scopes *lw_scopes_of_lane(uint32_t lane);
/* Makes room for a number of spans, for times without system calls. */
void lw_spans_ahead(struct lw_scopes *scopes);
/* Another ledger, another process: nothing of before is in use. */
void lw_spans_forget(void);

/* A new one, its id set; NULL: no room. */
struct lw_span *lw_span_new(struct lw_scopes *scopes, uint32_t scope);
void lw_span_free(struct lw_scopes *scopes, struct lw_span *span);

enum lw_span_state { LW_SPAN_OPEN, LW_SPAN_ENDED, LW_SPAN_FOREIGN /* of the process before fork */ };
struct lw_span *lw_span_find(uint64_t id, enum lw_span_state *state);
uint32_t lw_span_scope(uint64_t id); /* also of one that has ended; 0: not known */
void lw_spans_visit(void (*visit)(struct lw_span *span, void *context), void *context);

static inline uint64_t lw_span_id(const struct lw_span *span)
{
    return __atomic_load_n(&span->id, __ATOMIC_ACQUIRE);
}

/* ---- list.c ---- */

/* Puts the slot into the span's list. The span must be this thread's. False: no room. */
bool lw_list_add(struct lw_scopes *scopes, struct lw_span *span, struct lw_slot *slot);
void lw_list_remove(struct lw_span *span, const struct lw_slot *slot);
void lw_list_free(struct lw_scopes *scopes, struct lw_span *span);

/* ---- inbox.c ---- */

/* Puts the slot into the list of a span that is not this thread's. False: no room. */
bool lw_inbox_put(struct lw_scopes *scopes, struct lw_span *span, struct lw_slot *slot);
/* Takes what was given into the list. The span must be this thread's. */
void lw_inbox_take(struct lw_scopes *scopes, struct lw_span *span);
void lw_inbox_free(struct lw_span *span);

/* One instruction each, so that a signal handler of the same thread loses nothing. */
static inline void lw_step(int32_t *number, int32_t by)
{
#if defined(__x86_64__)
    __asm__("addl %1, %0" : "+m"(*number) : "ir"(by) : "cc");
#else
    __atomic_fetch_add(number, by, __ATOMIC_RELAXED);
#endif
}

static inline int32_t lw_span_holds(const struct lw_span *span)
{
    return span->here + __atomic_load_n(&span->elsewhere, __ATOMIC_RELAXED);
}

#pragma GCC visibility pop

#endif
