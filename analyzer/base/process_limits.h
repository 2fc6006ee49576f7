/* Limits that the kernel holds a process to. */
#ifndef PROCESS_LIMITS_H
#define PROCESS_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

/* RLIMIT_NOFILE, as it is now. False: it cannot be read, and nothing is stored. */
bool process_limits__nofile(uint32_t pid, uint64_t *soft, uint64_t *hard);

#endif
