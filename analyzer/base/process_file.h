/* What the kernel says of a process, in a file of its own. */
#ifndef PROCESS_FILE_H
#define PROCESS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The beginning of /proc/PID/NAME, as much as there is room for, ended with 0; false where it cannot be read,
 * and errno says why: ENOENT or ESRCH where there is no such process. */
bool process_file__read(uint32_t pid, const char *name, char *text, size_t room);

/* How many descriptors it has open, of those with a number below `limit`; false: it is not there, or not ours to look at. */
bool process_file__descriptors(uint32_t pid, uint64_t limit, uint64_t *count);

#endif
