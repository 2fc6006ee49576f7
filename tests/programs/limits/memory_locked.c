/* Locks all of its memory under a limit that it keeps by itself: the range of the ledger must not count, neither when it is
 * there already nor when it comes later; and there is room in the ledger afterwards.
 *
 * expect: fd-leak count=1200 call=open function=forget line=forget pids=2
 */
#include "program.h"

#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define LIMIT (8u << 20)

/* The limit holds for root only without the capability. */
static void be_limited(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2];
    const struct rlimit limit = {LIMIT, LIMIT};
    must((int)syscall(SYS_capget, &header, sets), "capget");
    sets[0].effective &= ~(1u << CAP_IPC_LOCK);
    must((int)syscall(SYS_capset, &header, sets), "capset");
    must(setrlimit(RLIMIT_MEMLOCK, &limit), "setrlimit");
}

static void forget(int times)
{
    for (int i = 0; i < times; i++)
        must(open("/etc/passwd", O_RDONLY | O_CLOEXEC), "open"); /* leak:forget */
}

static int work(int first, int then, int flags)
{
    be_limited();
    forget(first);
    printf("%s, ", mlockall(flags) == 0 ? "locked" : strerror(errno));
    forget(then);
    void *memory = mmap(NULL, 1u << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("%s\n", memory != MAP_FAILED ? "1 MiB more" : strerror(errno));
    return 0;
}

int main(void)
{
    struct rlimit limit;
    must(getrlimit(RLIMIT_MEMLOCK, &limit), "getrlimit");
    if (limit.rlim_max < LIMIT) {
        fprintf(stderr, "no 8 MiB may be locked here\n");
        return 77;
    }
    static const int flags[] = {MCL_CURRENT, MCL_CURRENT | MCL_FUTURE};
    for (size_t i = 0; i < COUNT(flags); i++) {
        pid_t child = must(fork(), "fork");
        if (child == 0)
            return work(i == 0 ? 1 : 0, i == 0 ? 599 : 600, flags[i]);
        int end = end_of(child);
        if (end != 0)
            return end;
    }
    return 0;
}
