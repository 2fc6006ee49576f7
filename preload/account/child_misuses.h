/* What a forked child without a ledger of its own closes twice, or uses after it has closed it. */
#ifndef LW_CHILD_MISUSES_H
#define LW_CHILD_MISUSES_H

#include "call.h"

#pragma GCC visibility push(hidden)

/* A close of this number has returned; errno is its own. */
void lw_child_closed(const struct lw_call *call, int result);
/* Is what becomes of this number remembered? */
bool lw_child_is_watched(int fd);
/* A call on this number, which is not open, has failed with EBADF. */
void lw_child_used(const struct lw_call *call, int fd, uint32_t flags);
/* Something else has been put there. */
void lw_child_replaced(int fd);
/* It tries to become another program: what it did before was only to prepare that. */
void lw_child_executes(void);
/* It ends: begins its ledger if there is something to tell. */
void lw_child_ends(void);

#pragma GCC visibility pop

#endif
