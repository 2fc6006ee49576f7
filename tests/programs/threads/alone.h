/* Have all other threads ended? */
#ifndef ALONE_H
#define ALONE_H

#include <sched.h>

/* They have once the kernel knows of one thread alone. */
static inline void wait_until_alone(void)
{
    char line[256];
    int threads = 0;
    while (threads != 1) {
        FILE *status = must_have(fopen("/proc/self/status", "r"), "fopen");
        while (fgets(line, sizeof line, status))
            sscanf(line, "Threads: %d", &threads);
        fclose(status);
        sched_yield();
    }
}

#endif
