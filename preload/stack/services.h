/* What libunwind calls, answered by us. */
#ifndef LW_SERVICES_H
#define LW_SERVICES_H

#include <stdint.h>

#include "private_library.h"

#pragma GCC visibility push(hidden)

/* The functions that libunwind finds outside of itself. */
lw_provider lw_unwinder_service;
/* The address at which this thread's walk stands now: what libunwind asks for next lies there. */
void lw_unwinder_at(uint64_t pc);

#pragma GCC visibility pop

#endif
