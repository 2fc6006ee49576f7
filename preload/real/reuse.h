/* Closed numbers are handed out again as late as possible (LEAKWATCH_OPTIONS=reuse=late), so that who still uses one finds
 * it closed, and not somebody else's. */
#ifndef LW_REUSE_H
#define LW_REUSE_H

#include <stdbool.h>
#include <stdio.h>

#pragma GCC visibility push(hidden)

extern bool lw_reusing_late;

/* What was acquired just now at this number is moved to another one, which is returned; where that cannot be, it stays.
 * is_file: it may be a file, on which locks may be held. errno survives. */
int lw_number_moved(int fd, bool is_file);
void lw_ends_moved(int ends[2]);
/* A record lock is about to be asked for: closing any descriptor of a file gives up the process's locks on it. */
void lw_locks_records(void);

#pragma GCC visibility pop

#define LW_LATE(fd) (__builtin_expect(lw_reusing_late, 0) ? lw_number_moved(fd, false) : (fd))
#define LW_FILE_LATE(fd) (__builtin_expect(lw_reusing_late, 0) ? lw_number_moved(fd, true) : (fd))

#endif
