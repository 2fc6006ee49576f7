/* /proc/PID/status, as far as it tells whether a process can be attached to. */
#ifndef ATTACH_STATUS_H
#define ATTACH_STATUS_H

#include <stdbool.h>
#include <stdint.h>

enum status_kind { STATUS_PROCESS, STATUS_THREAD };

struct status {
    char name[32];
    enum status_kind kind;
    uint32_t process; /* whose thread it is */
    uint32_t tracer, uid, gid, seccomp, threads;
    uint64_t caught;         /* signals that have a handler */
    uint64_t mapped, locked; /* bytes of its memory */
    bool overrides_modes;    /* may write where it has no right to */
    bool locks_without_limit;
    bool has_shadow_stack;
    bool has_memory; /* of its own: threads of the kernel have none */
    char groups[1024];
};

bool status__read(struct status *status, uint32_t pid);
bool status__has_group(const struct status *status, uint32_t gid);

#endif
