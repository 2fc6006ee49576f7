/* The files that a process has mapped, by /proc/PID/maps. */
#ifndef ATTACH_MAPPINGS_H
#define ATTACH_MAPPINGS_H

#include <stdbool.h>
#include <stdint.h>

struct mapping {
    uint64_t start;
    const char *path; /* as the process knows it */
};

/* Of each file where its first byte is mapped. False: they cannot be read, and errno says why. */
bool mappings__each(uint32_t pid, void (*take)(void *context, const struct mapping *mapping), void *context);

#endif
