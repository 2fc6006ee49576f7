/* The walk up a stack of plain frames, which most are: a hundredth of the price of libunwind's, and nothing to load. */
#ifndef LW_PLAIN_WALK_H
#define LW_PLAIN_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "unwinder.h"

#pragma GCC visibility push(hidden)

/* As lw_walk, and with the same outcome. False: there is another frame among them, and the walk ends there. */
bool lw_plain_walk(struct lw_walk *walk, uint32_t limit, uint64_t pc, uint64_t sp, uint64_t fp);

/* Has the process been called back to from many places by now? */
bool lw_plain_walk_is_long_lived(void);

#pragma GCC visibility pop

#endif
