/* Limits that the kernel holds a process to. */
#ifndef PROCESS_LIMITS_H
#define PROCESS_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

/* RLIMIT_NOFILE, as it is now. False: it cannot be read, and nothing is stored. */
bool process_limits__nofile(uint32_t pid, uint64_t *soft, uint64_t *hard);

/* The soft limit of RLIMIT_AS or RLIMIT_MEMLOCK; RLIM_INFINITY where there is none, or it cannot be read. */
uint64_t process_limits__soft(uint32_t pid, int resource);

#endif
