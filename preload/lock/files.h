/* Locks on files: what the process holds, in rows of the ledger, and what its threads wait for.
 *
 * DESIGN. A lock on a file is not its thread's but its process's, or its open description's, so it stands in a row of its
 * own and not on a board; there stands who waits, with the number of a row that says for what. Whoever changes rows does so
 * alone. Who finds another one at it for too long, in a handler say, drops them all: what is not known to be held accuses
 * nobody. That also goes for what a duplicate may have given back, and for what a forked child may give back. */
#ifndef LW_FILES_H
#define LW_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "leakwatch/ledger.h"

#pragma GCC visibility push(hidden)

extern uint32_t lw_file_locks; /* there has been one */

/* Whose lock that would be: of the open file at this number. False: it cannot be told. size: of the file; NULL: not wanted,
 * and then it is a system call for the first lock of an open number alone. */
bool lw_file_lock_of(struct lw_file_lock *wanted, int64_t *size);
/* The same of one that is given back, where the rows say it: no system call. */
bool lw_file_lock_given(struct lw_file_lock *given);
/* A row that says what is asked for; its number, 0: no room. */
uint32_t lw_file_lock_ask(const struct lw_file_lock *wanted);
/* It was got at this site, or not. */
void lw_file_lock_got(uint32_t row, uint32_t site);
void lw_file_lock_missed(uint32_t row);
/* Its wait was cancelled, or left by a jump. */
void lw_file_lock_left(uint32_t row);
/* Given back. */
void lw_file_lock_gave(const struct lw_file_lock *given);

/* The next one behind *number that this thread has taken since then (in ticks), and that no scope has left; NULL: none. */
struct lw_file_lock *lw_file_lock_since(uint32_t *number, uint64_t since);

/* This number is about to be closed; these have been. A child has been forked. */
void lw_file_locks_closing(int number);
void lw_file_locks_swept(unsigned first, unsigned last);
void lw_file_locks_forked(void);

#pragma GCC visibility pop

#endif
