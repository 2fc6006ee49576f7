/* Locks on files: who holds which, and who waits for whom. */
#ifndef FILE_HOLDS_H
#define FILE_HOLDS_H

#include "crowd.h"

/* What the party waits for, if that is a lock on a file, and what it took of those that its process holds. */
void file_holds__add(const struct inquiry *inquiry, struct party *party);

/* Does who waits get it only when that is given back? is_own: it is the same process's. */
bool file_holds__block(const struct crowd_lock *wait, const struct crowd_lock *hold, bool is_own);

/* What locks are on a descriptor that is told of. */
void file_holds__tell_of(const struct inquiry *inquiry, struct tally *tally, const struct lw_slot *slot);
/* Which locks are still held that scopes have left. */
void file_holds__look(struct inquiry *inquiry);

#endif
