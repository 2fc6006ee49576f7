/* Is a process still there, asked again and again: its file in /proc takes the kernel ten times as long as to answer by a
 * descriptor of the process. */
#ifndef PROCESS_WATCH_H
#define PROCESS_WATCH_H

#include <stdbool.h>
#include <stdint.h>

/* Begins as 0; to be ended. */
struct process_watch {
    uint32_t pid;         /* by which it is known here; 0: none is watched */
    uint64_t start_ticks; /* since boot */
    int descriptor;
};

/* Watches another one than before, if that one runs, and if there are descriptors enough. */
void process_watch__begin(struct process_watch *watch, uint32_t pid, uint64_t start_ticks);
void process_watch__end(struct process_watch *watch);

/* False: it is watched no longer, and its file is to be asked. */
bool process_watch__runs(struct process_watch *watch);

#endif
