/* What libunwind calls, answered by us. */
#ifndef LW_SERVICES_H
#define LW_SERVICES_H

#include <stdbool.h>
#include <stdint.h>

#include "private_library.h"

#pragma GCC visibility push(hidden)

/* The functions that libunwind finds outside of itself. */
lw_provider lw_unwinder_service;
/* The address at which this thread's walk stands now: what libunwind asks for next lies there. */
void lw_unwinder_at(uint64_t pc);
/* May the word there be read? By a system call. */
bool lw_is_readable(uint64_t address);

#pragma GCC visibility pop

#endif
