/* Processes, by descriptors.
 *
 * DESIGN. A descriptor stays that of its process when the number is another one's: the file is read once, behind the
 * opening, to know whose it is. Half of the descriptors that we may have are left to others. Where there are none of
 * processes, before Linux 5.3 and in some containers, the kernel is asked for one once. */
#include "process_watch.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process_stat.h"

static int open_process(uint32_t pid)
{
    static bool are_none;
    int descriptor = are_none ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
    are_none = are_none || (descriptor < 0 && (errno == ENOSYS || errno == EPERM));
    return descriptor;
}

static bool is_one_of_many(int descriptor)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) != 0 || (rlim_t)descriptor >= limit.rlim_cur / 2;
}

void process_watch__begin(struct process_watch *watch, uint32_t pid, uint64_t start_ticks)
{
    process_watch__end(watch);
    int descriptor = open_process(pid);
    if (descriptor < 0)
        return;
    if (is_one_of_many(descriptor) || !process_stat__runs(pid, start_ticks))
        close(descriptor);
    else
        *watch = (struct process_watch){.pid = pid, .start_ticks = start_ticks, .descriptor = descriptor};
}

void process_watch__end(struct process_watch *watch)
{
    if (watch->pid != 0)
        close(watch->descriptor);
    *watch = (struct process_watch){.pid = 0};
}

bool process_watch__runs(struct process_watch *watch)
{
    struct pollfd end = {.fd = watch->descriptor, .events = POLLIN};
    if (watch->pid != 0 && poll(&end, 1, 0) == 0)
        return true;
    process_watch__end(watch);
    return false;
}
