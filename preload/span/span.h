/* Entries of scopes: where they are kept, and what each holds. What happens to them is scope.c's affair.
 *
 * DESIGN. An entry lives from a scope's begin to its end, in memory of its own and not in the ledger: a million of them a
 * second leave nothing behind but counters. It is known by a number that is never used again: the program may keep it
 * for ever, end it twice, or bring it to a child of fork, and is recognised each time.
 *
 * An entry remembers the slots that were charged to it. A slot says for which entry it is held (lw_slot.entry), and that
 * alone counts: the list of an entry may hold slots that were given back, handed over or used again, which are passed by
 * when it is looked at, and go when it is full. So giving something back touches no list, and no list needs a lock: only
 * the thread to which the entry belongs writes it. What other threads hand over waits in `gifts`. */
#ifndef LW_ENTRIES_H
#define LW_ENTRIES_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/ledger.h"
#include "stack/stack.h"

#pragma GCC visibility push(hidden)

#define LW_FEW 4u
#define LW_NOBODY 0u         /* lw_entry.thread: detached */
#define LW_GIVING UINT32_MAX /* lw_entry.thread: detached, and another thread is putting something into its list */

struct lw_entry {
    uint64_t id;                  /* see lw_entry_find; 0: not in use */
    struct lw_entry *outer;       /* the one around it on its thread */
    struct lw_entry *top;         /* detached: the innermost of those that were taken off together with it */
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
    uint8_t condemned; /* another thread has ended it: its own thread will notice */
    uint8_t doubtful;  /* a longjmp went off inside of it: its block may have been left */
    int32_t here;      /* charged minus given back by its own thread … */
    int32_t elsewhere; /* … and by others: the sum is what it holds */
    uint32_t most;
    uint32_t held_count, held_room;
    struct lw_slot **held;  /* `few`, or a block of its own */
    struct lw_gifts *gifts; /* NULL: there have been none */
    uint32_t failure_stack; /* the last acquisition that failed in it … */
    uint32_t failure_call;  /* … 0: none did */
    int32_t failure_error;
    struct lw_slot *few[LW_FEW];
    char reason[LW_REASON]; /* why it failed */
};

/* What a thread keeps for its scopes; it stays with the thread's lane. */
#define LW_SCOPE_MEMOS 64u
#define LW_SOURCES 6u
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
    struct lw_entry *free; /* through `outer` */
    uint64_t *blocks;      /* spare ones of 4 KiB, through their first word */
    uint32_t block_count;
    uint32_t source_count; /* lines of the next acquisition, innermost first: names */
    uint32_t sources[LW_SOURCES];
    uint32_t too_deep;   /* functions that were entered too deep, and not left yet */
    uint32_t jump_stack; /* of the last longjmp out of a block */
    struct {
        uint32_t row, count;
    } leavings[LW_LEAVINGS]; /* at work in leftovers.c */
    struct lw_scope_memo memos[LW_SCOPE_MEMOS];
};

/* For the thread that has this lane from now on; NULL: no room. */
struct lw_scopes *lw_scopes_of_lane(uint32_t lane);
/* Makes room for a number of entries, for times without system calls. */
void lw_entries_ahead(struct lw_scopes *scopes);
/* Another ledger, another process: nothing of before is in use. */
void lw_entries_forget(void);

/* A new one, its id set; NULL: no room. */
struct lw_entry *lw_entry_new(struct lw_scopes *scopes, uint32_t scope);
void lw_entry_free(struct lw_scopes *scopes, struct lw_entry *entry);

enum lw_entry_state { LW_ENTRY_OPEN, LW_ENTRY_ENDED, LW_ENTRY_FOREIGN /* of the process before fork */ };
struct lw_entry *lw_entry_find(uint64_t id, enum lw_entry_state *state);
uint32_t lw_entry_scope(uint64_t id); /* also of one that has ended; 0: not known */
void lw_entries_visit(void (*visit)(struct lw_entry *entry, void *context), void *context);

static inline uint64_t lw_entry_id(const struct lw_entry *entry)
{
    return __atomic_load_n(&entry->id, __ATOMIC_ACQUIRE);
}

/* ---- holdings.c ---- */

/* Puts the slot into the entry's list. The entry must be this thread's. False: no room. */
bool lw_holdings_add(struct lw_scopes *scopes, struct lw_entry *entry, struct lw_slot *slot);
void lw_holdings_remove(struct lw_entry *entry, const struct lw_slot *slot);
void lw_holdings_free(struct lw_scopes *scopes, struct lw_entry *entry);

/* ---- gifts.c ---- */

/* Puts the slot into the list of an entry that is not this thread's. False: no room. */
bool lw_gifts_give(struct lw_scopes *scopes, struct lw_entry *entry, struct lw_slot *slot);
/* Takes what was given into the list. The entry must be this thread's. */
void lw_gifts_accept(struct lw_scopes *scopes, struct lw_entry *entry);
void lw_gifts_free(struct lw_entry *entry);

/* One instruction each, so that a signal handler of the same thread loses nothing. */
static inline void lw_step(int32_t *number, int32_t by)
{
#if defined(__x86_64__)
    __asm__("addl %1, %0" : "+m"(*number) : "ir"(by) : "cc");
#else
    __atomic_fetch_add(number, by, __ATOMIC_RELAXED);
#endif
}

static inline int32_t lw_entry_holds(const struct lw_entry *entry)
{
    return entry->here + __atomic_load_n(&entry->elsewhere, __ATOMIC_RELAXED);
}

#pragma GCC visibility pop

#endif
