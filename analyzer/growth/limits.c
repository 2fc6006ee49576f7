/* How many of a kind a process may hold. */
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>

#include "growth.h"

enum { MAPPINGS = 2 /* of a thread: its stack, and the guard below */ };

/* A number of the system that this is read on; 0: it does not say. */
static uint64_t number_in(const char *path)
{
    uint64_t number = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%" SCNu64, &number) != 1)
        number = 0;
    fclose(file);
    return number;
}

uint64_t growth__limit(uint32_t kind, uint64_t nofile_soft)
{
    switch (lw_class(kind)) {
    case LW_CLASS_FD:
    case LW_CLASS_DIR:
        return nofile_soft == RLIM_INFINITY ? 0 : nofile_soft;
    case LW_CLASS_STREAM:
        return kind == LW_STREAM_MEMORY || nofile_soft == RLIM_INFINITY ? 0 : nofile_soft;
    case LW_CLASS_CHILD:
        return number_in("/proc/sys/kernel/pid_max");
    case LW_CLASS_THREAD:
        return number_in("/proc/sys/vm/max_map_count") / MAPPINGS;
    default:
        return 0;
    }
}
