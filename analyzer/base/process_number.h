/* A process of a container, which knows itself by another number than the one that it has here. */
#ifndef PROCESS_NUMBER_H
#define PROCESS_NUMBER_H

#include <stdint.h>

/* The number here of the process that calls itself `own` and was started then; 0: none such runs. inode: of a file that it has
 * mapped, which tells processes of several containers apart that were started at the same moment. */
uint32_t process_number__here(uint32_t own, uint64_t start_ticks, uint64_t inode);

/* By the number that it has here, its number in its own name space; 0: not known. */
uint32_t process_number__own(uint32_t here);

/* "/proc/N/root" of a process that sees other files than we do, to be freed; NULL: it sees the same, or is not to be asked. */
char *process_number__root(uint32_t here);

#endif
