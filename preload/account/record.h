/* The record of one event, which the verbs share. */
#ifndef LW_RECORD_H
#define LW_RECORD_H

#include <fcntl.h>

#include "call.h"
#include "ledger/ledger.h"
#include "stack/stack.h"

#pragma GCC visibility push(hidden)

/* Opens the record of this event; false: there is no ledger, so there is nothing to do. `worth`: begin one if there is
 * none yet. Ends with lw_record_close, always. */
bool lw_record_open(struct lw_record *record, struct lw_call *call, bool worth);
void lw_record_close(struct lw_record *record);

/* The site of this event's stack, and its counters in this thread's lane (NULL: no room). */
uint32_t lw_record_site(struct lw_record *record, uint32_t kind, struct lw_site_count **count);
/* Counts one release, of what this slot holds, at this event's stack. */
void lw_record_release(struct lw_record *record, const struct lw_slot *slot);
/* Has this stack ever released by this call what that site acquired? */
bool lw_release_known(const struct lw_release *key);
/* Could what it is be written to, so that its release may fail to write? */
bool lw_is_writable(const struct lw_slot *slot);

/* What open gives with these flags. */
static inline uint32_t lw_kind_opened(int flags)
{
    return (flags & O_TMPFILE) == O_DIRECTORY ? LW_FD_DIRECTORY : LW_FD_FILE;
}

/* What is below a handle. */
static inline uint32_t lw_kind_below(uint32_t kind)
{
    if (kind == LW_STREAM_CHILD)
        return LW_FD_PIPE;
    return lw_class(kind) == LW_CLASS_DIR ? LW_FD_DIRECTORY : LW_FD_FILE;
}

void lw_detail_write(struct lw_slot *slot, const struct lw_detail *detail);
void lw_detail_text(struct lw_slot *slot, const char *text, size_t length);
void lw_fill_slot(struct lw_slot *slot, struct lw_record *record, uint64_t handle, uint32_t kind, uint32_t site);

/* As much of a slot's detail as there is room for, zeros behind it. */
void lw_copy_detail(char *detail, size_t room, const struct lw_slot *slot);
/* Notes that a call failed, by (stack, call, errno). */
struct lw_failure *lw_note_failure(struct lw_record *record, enum lw_failure_role role, int error, uint32_t site,
                                   uint64_t handle, const struct lw_slot *slot);

#pragma GCC visibility pop

#endif
