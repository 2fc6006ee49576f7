/* Is the one thread of a process where a second one does no harm? */
#if defined(__x86_64__)
#include "safe_point.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "status.h"

enum { WORDS = 4096, FUNCTION = 0x400 /* bytes of one, at most */ };

/* Those in which programs wait; and others, none of which allocates, though what allocates may make one. */
static const short waiting[] = {
    SYS_epoll_wait, SYS_epoll_pwait,     SYS_poll,          SYS_ppoll,           SYS_select,
    SYS_pselect6,   SYS_nanosleep,       SYS_accept,        SYS_clock_nanosleep, SYS_accept4,
    SYS_recvfrom,   SYS_recvmsg,         SYS_recvmmsg,      SYS_wait4,           SYS_waitid,
    SYS_pause,      SYS_rt_sigtimedwait, SYS_rt_sigsuspend, SYS_restart_syscall, SYS_semop,
    SYS_semtimedop, SYS_msgrcv,          SYS_flock,         SYS_connect};
static const short passing[] = {SYS_read,       SYS_write, SYS_readv,  SYS_writev, SYS_pread64,
                                SYS_pwrite64,   SYS_close, SYS_openat, SYS_sendto, SYS_sendmsg,
                                SYS_newfstatat, SYS_fstat, SYS_lseek,  SYS_fsync,  SYS_fdatasync};

static const char *const allocating[] = {"malloc",         "free",          "calloc",      "realloc",
                                         "posix_memalign", "aligned_alloc", "malloc_trim", "memalign"};
enum { ALLOCATING = sizeof allocating / sizeof allocating[0] };

static bool is_in(uint64_t address, uint64_t start, uint64_t end)
{
    return address >= start && address < end;
}

static bool is_in_libc(const struct attach_target *target, uint64_t address)
{
    return is_in(address, target->libc.code_start, target->libc.code_end);
}

/* mov $15, %rax; syscall */
static bool is_return_from_handler(const struct attach_target *target, uint64_t address)
{
    static const unsigned char code[] = {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05};
    unsigned char there[sizeof code];
    return is_in_libc(target, address) && attach_target__read(target, address, there, sizeof there) &&
           memcmp(there, code, sizeof code) == 0;
}

static bool is_allocating(const uint64_t *functions, uint64_t address)
{
    for (int i = 0; i < ALLOCATING; i++)
        if (functions[i] != 0 && address > functions[i] && address < functions[i] + FUNCTION)
            return true;
    return false;
}

/* Is one of what must not be there among the words of its stack? */
static bool stack_has(const struct attach_target *target, uint64_t stack, bool of_handlers, bool of_allocating)
{
    uint64_t words[WORDS], functions[ALLOCATING];
    for (int i = 0; i < ALLOCATING; i++)
        functions[i] = image__symbol(&target->libc, allocating[i]);
    ssize_t bytes = pread(target->memory, words, sizeof words, (off_t)stack);
    for (ssize_t i = 0; i < bytes / (ssize_t)sizeof words[0]; i++)
        if ((of_allocating && is_allocating(functions, words[i])) ||
            (of_handlers && is_return_from_handler(target, words[i])))
            return true;
    return bytes <= 0;
}

static bool is_among(const short *calls, size_t count, long number)
{
    for (size_t i = 0; i < count; i++)
        if (calls[i] == number)
            return true;
    return false;
}

static bool may_be_in_handler(const struct attach_target *target, uint64_t mask)
{
    struct status status;
    return mask != 0 && (!status__read(&status, target->pid) || (status.caught & mask) != 0);
}

bool safe_point__is(const struct attach_target *target, const struct user_regs_struct *registers, uint64_t mask)
{
    uint64_t at = registers->rip;
    long call = (long)registers->orig_rax;
    bool waits = is_among(waiting, sizeof waiting / sizeof waiting[0], call);
    if (call >= 0 &&
        (!is_in_libc(target, at) || (!waits && !is_among(passing, sizeof passing / sizeof passing[0], call))))
        return false;
    if (call < 0 && (is_in_libc(target, at) || is_in(at, target->loader.code_start, target->loader.code_end) ||
                     is_in(at, target->allocator_start, target->allocator_end)))
        return false;
    bool in_handler = may_be_in_handler(target, mask);
    return (waits && !in_handler) || !stack_has(target, registers->rsp, in_handler, !waits);
}
#endif
