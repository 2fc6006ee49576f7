/* Changes of the limit of descriptors. */
#ifndef LW_LIMITS_H
#define LW_LIMITS_H

#include <stdint.h>

#include "call.h"

#pragma GCC visibility push(hidden)

/* RLIMIT_NOFILE of this process is this now, by this call. Without a ledger there is nothing to do: it begins with what holds
 * then. */
void lw_limit_changed(struct lw_call *call, uint64_t soft, uint64_t hard);

#pragma GCC visibility pop

#endif
