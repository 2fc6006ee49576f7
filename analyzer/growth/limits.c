/* How many of a kind a process may hold. */
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>

#include "growth.h"

enum { MAPPINGS = 2 /* of a thread: its stack, and the guard below */ };

/* A number of the system that this is read on. Asked once: there may be thousands of sites, and of processes. */
struct system_number {
    const char *path;
    bool was_asked;
    uint64_t number; /* 0: it does not say */
};

static uint64_t number_of(struct system_number *number)
{
    FILE *file = number->was_asked ? NULL : fopen(number->path, "re");
    number->was_asked = true;
    if (file == NULL)
        return number->number;
    if (fscanf(file, "%" SCNu64, &number->number) != 1)
        number->number = 0;
    fclose(file);
    return number->number;
}

uint64_t growth__limit(uint32_t kind, uint64_t nofile_soft)
{
    static struct system_number processes = {.path = "/proc/sys/kernel/pid_max"};
    static struct system_number mappings = {.path = "/proc/sys/vm/max_map_count"};
    switch (lw_class(kind)) {
    case LW_CLASS_FD:
    case LW_CLASS_DIR:
        return nofile_soft == RLIM_INFINITY ? 0 : nofile_soft;
    case LW_CLASS_STREAM:
        return kind == LW_STREAM_MEMORY || nofile_soft == RLIM_INFINITY ? 0 : nofile_soft;
    case LW_CLASS_CHILD:
        return number_of(&processes);
    case LW_CLASS_THREAD:
        return number_of(&mappings) / MAPPINGS;
    default:
        return 0;
    }
}
