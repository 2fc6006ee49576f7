/* What the verbs share: the open books of one event. Inside account only. */
#ifndef LW_BOOKS_H
#define LW_BOOKS_H

#include "account.h"
#include "ledger.h"
#include "marks.h"
#include "stack.h"
#include "thread.h"

#pragma GCC visibility push(hidden)

struct lw_books {
    struct lw_thread *thread;
    struct lw_trace trace;
    const void *frame;
    uint64_t now;
    uint32_t call;    /* the hook's name in the ledger */
    uint32_t hook;    /* and its number */
    bool owns_scopes; /* this event may touch the entries of its thread */
    struct lw_mark mark;
};

/* This thread, with its place in the ledger; NULL: there is no ledger. `worth`: begin one if there is none yet. */
struct lw_thread *lw_present(bool worth);

/* Opens the books for this event; false: there is no ledger, so there is nothing to do. `worth`: begin one if there is
 * none yet. Ends with lw_books_close, always. */
bool lw_books_open(struct lw_books *books, struct lw_call *call, bool worth);
void lw_books_close(struct lw_books *books);

/* The site of this event's stack, and its counters in this thread's lane (NULL: no room). */
uint32_t lw_books_site(struct lw_books *books, uint32_t kind, struct lw_site_count **count);
/* Counts one release, of what this slot holds, at this event's stack. */
void lw_books_count_release(struct lw_books *books, const struct lw_slot *slot);
/* Has this stack ever released by this call what that site acquired? */
bool lw_release_known(const struct lw_release *key);
/* Could what it is be written to, so that its release may fail to write? */
bool lw_is_writable(const struct lw_slot *slot);

void lw_detail_write(struct lw_slot *slot, const struct lw_detail *detail);
void lw_detail_text(struct lw_slot *slot, const char *text, size_t length);
void lw_fill_slot(struct lw_slot *slot, struct lw_books *books, uint64_t handle, uint32_t kind, uint32_t site);

/* Takes a slot out of use because its resource is known to be gone, though its own release was not called. */
void lw_implicit_release(struct lw_books *books, struct lw_slot *slot, uint32_t flags);
/* Notes that a call failed, by (stack, call, errno). */
/* As much of a slot's detail as there is room for, zeros behind it. */
void lw_copy_detail(char *detail, size_t room, const struct lw_slot *slot);
struct lw_failure *lw_note_failure(struct lw_books *books, enum lw_failure_role role, int error, uint32_t site,
                                   uint64_t handle, const struct lw_slot *slot);

#pragma GCC visibility pop

#endif
