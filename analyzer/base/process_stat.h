/* What the kernel says of a process. */
#ifndef PROCESS_STAT_H
#define PROCESS_STAT_H

#include <stdbool.h>
#include <stdint.h>

struct process_stat {
    char state; /* 'Z': it has ended, and its parent has not asked for its status yet */
    uint32_t parent;
    uint64_t start_ticks; /* when it was started, in ticks since boot */
};

/* False: nothing, and errno says why; 0 where it says something else. */
bool process_stat__read(struct process_stat *stat, uint32_t pid);
/* Does the process that was started then still run? Another may have got its number. */
bool process_stat__runs(uint32_t pid, uint64_t start_ticks);

#endif
