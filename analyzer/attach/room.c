/* Is there room in a process, as far as limits tell, for what is loaded into it?
 *
 * DESIGN. The library, its ledger and the new thread take some megabytes, more where the C library gives that thread a heap
 * of its own. A process that may have no more than that itself would soon get less than it asks for, so nothing is begun.
 * Where all that is mapped is locked in memory (mlockall), that counts against RLIMIT_MEMLOCK as well. Of that the kernel
 * tells by the flags of each mapping; what a program locks by mlock alone is none of ours. */
#include "room.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/heap.h"
#include "base/process_limits.h"
#include "status.h"

enum { NEEDED = 16, MEBIBYTE = 1 << 20 };

bool room__is_locked(const struct attach_target *target)
{
    char path[64], line[4096 + 256];
    uint64_t start, end;
    bool is_libc = false, is_locked = false;
    struct status status;
    if (!status__read(&status, target->pid) || status.locked == 0)
        return false; /* of a large process the kernel has to look at much for that file */
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/smaps", target->pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &start, &end) == 2)
            is_libc = target->libc.code_start >= start && target->libc.code_start < end;
        else if (is_libc && strncmp(line, "VmFlags:", 8) == 0) {
            is_locked = strstr(line, " lo") != NULL;
            break;
        }
    }
    if (file != NULL)
        fclose(file);
    return is_locked;
}

static bool has_room(uint64_t limit, uint64_t used)
{
    return limit == RLIM_INFINITY || (used < limit && limit - used >= (uint64_t)NEEDED * MEBIBYTE);
}

char *room__refusal(const struct attach_target *target)
{
    struct status status;
    uint64_t space = process_limits__soft(target->pid, RLIMIT_AS),
             locked = process_limits__soft(target->pid, RLIMIT_MEMLOCK);
    if (!status__read(&status, target->pid))
        return NULL;
    if (!has_room(space, status.mapped))
        return heap__printed("process %" PRIu32 " (%s) may map %" PRIu64 " MiB (ulimit -v) and has mapped %" PRIu64
                             ": attach wants %d more",
                             target->pid, target->name, space / MEBIBYTE, status.mapped / MEBIBYTE, NEEDED);
    if (!status.locks_without_limit && !has_room(locked, status.locked) && room__is_locked(target))
        return heap__printed("process %" PRIu32 " (%s) locks all its memory, may lock %" PRIu64
                             " MiB (ulimit -l) and has locked %" PRIu64 ": attach wants %d more",
                             target->pid, target->name, locked / MEBIBYTE, status.locked / MEBIBYTE, NEEDED);
    return NULL;
}
