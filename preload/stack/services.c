/* What libunwind calls while it walks a stack, answered by us.
 *
 * DESIGN. Our copy of libunwind is bound to the functions here and to nothing else, so a walk takes no lock of the
 * program's, of the C library's or of the loader's, allocates nothing, holds no descriptor, and is not seen by what
 * watches the program (a sanitizer, a hook of ours).
 *
 * - Where unwind tables lie: it would go through the list of modules under the loader's lock, which a program may hold
 *   in a callback of dl_iterate_phdr while it waits for what libunwind's own lock guards. It is told of the one module
 *   that it asks for.
 * - Whether an address may be read: it would write to a pipe. The pipe's ends are numbers that never exist, and what is
 *   written to them is read by a system call that says EFAULT where a load would fault.
 * - Its lock: signals are blocked during a walk, so it is held for microseconds, and by no one who calls anything else. A
 *   child of fork in which it is held throws its copy of libunwind away.
 * - errno: libunwind repeats what left EINTR or EAGAIN there, without a look at the result. So it is always set, to 0
 *   where all is well.
 * - Files (tables for debuggers): there are none. */
#define _GNU_SOURCE
#include "services.h"

#include <errno.h>
#include <limits.h>
#include <link.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/uio.h>

#include "modules.h"
#include "process/process.h"
#include "real/real.h"
#include "system/system.h"

static __thread uint64_t walking_at __attribute__((tls_model("initial-exec")));

void lw_unwinder_at(uint64_t pc)
{
    walking_at = pc;
}

/* ---- Modules ---- */

static int tell_of(uint64_t address, int (*callback)(struct dl_phdr_info *, size_t, void *), void *context)
{
    struct lw_image image;
    if (!lw_module_image(address, &image))
        return 0;
    struct dl_phdr_info info = {.dlpi_addr = image.base,
                                .dlpi_name = image.name,
                                .dlpi_phdr = image.headers,
                                .dlpi_phnum = (ElfW(Half))image.count};
    return callback(&info, sizeof info, context);
}

/* It looks for the call, which lies before the address to which it returns; but a walk may begin right at an address. */
static int iterate_modules(int (*callback)(struct dl_phdr_info *, size_t, void *), void *context)
{
    int result = tell_of(walking_at - 1, callback, context);
    return result > 0 ? result : tell_of(walking_at, callback, context);
}

/* ---- Its lock ---- */

enum { FREE, TAKEN, WAITED_FOR };

static int lock(uint32_t *word)
{
    uint32_t before = FREE;
    if (__atomic_compare_exchange_n(word, &before, TAKEN, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return 0;
    while (__atomic_exchange_n(word, WAITED_FOR, __ATOMIC_ACQUIRE) != FREE)
        lw_system4(SYS_futex, word, FUTEX_WAIT_PRIVATE, WAITED_FOR, 0);
    return 0;
}

static int unlock(uint32_t *word)
{
    if (__atomic_exchange_n(word, FREE, __ATOMIC_RELEASE) == WAITED_FOR)
        lw_system3(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1);
    return 0;
}

/* ---- Is it readable? ---- */

#define FAKE_PIPE (-7)

static int pipe_of_ours(int ends[2], int flags)
{
    (void)flags;
    ends[0] = ends[1] = FAKE_PIPE;
    return 0;
}

/* Where process_vm_readv is not allowed: an invalid `how` is refused only after the set has been read. */
static long probe(int fd, const void *address, size_t size)
{
    (void)fd;
    (void)size;
    uint8_t byte;
    struct iovec here = {&byte, 1}, there = {(void *)(uintptr_t)address, 1};
    long result = lw_syscall6(SYS_process_vm_readv, lw_pid, (long)&here, 1, (long)&there, 1, 0);
    errno = 0;
    if (result == 1)
        return 1;
    if (result == -EFAULT || lw_system4(SYS_rt_sigprocmask, -1, (uint64_t)address & ~7ULL, 0, 8) == -EFAULT) {
        errno = EFAULT;
        return -1;
    }
    return 1;
}

bool lw_is_readable(uint64_t address)
{
    return probe(FAKE_PIPE, (const void *)address, sizeof address) == 1; // NOLINT: it is what may be none
}

static long probe_by_number(long number, long fd, long address, long size)
{
    if (number == SYS_write)
        return probe((int)fd, (const void *)address, (size_t)size);
    errno = ENOSYS;
    return -1;
}

static long drain(void)
{
    errno = 0;
    return 1;
}

/* ---- Memory ---- */

static long result_of(long result)
{
    errno = lw_is_error(result) ? (int)-result : 0;
    return lw_is_error(result) ? -1 : result;
}

/* A page or two for its own tables, which it begins to fill. */
static void *map(void *at, size_t size, int protection, int flags, int fd, long offset)
{
    flags |= size <= LW_POPULATED ? MAP_POPULATE : 0;
    return (void *)result_of(
        lw_syscall6(SYS_mmap, (long)at, (long)size, protection, flags, fd, offset)); // NOLINT: that is its result
}

static long unmap(void *at, size_t size)
{
    return result_of(lw_system2(SYS_munmap, at, size));
}

static long resident(void *at, size_t size, unsigned char *pages)
{
    return result_of(lw_system3(SYS_mincore, at, size, pages));
}

static long synchronise(void *at, size_t size, int flags)
{
    return result_of(lw_system3(SYS_msync, at, size, flags));
}

static long page(void)
{
    return (long)getauxval(AT_PAGESZ);
}

/* A sanitizer has memcpy and its like replaced, which would take libunwind's tables for the program's. */
static void *copy(void *to, const void *from, size_t size)
{
#if defined(__x86_64__)
    void *at = to;
    __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(size) : : "memory");
#else
    for (size_t i = 0; i < size; i++)
        ((volatile uint8_t *)to)[i] = ((const uint8_t *)from)[i];
#endif
    return to;
}

static void *move(void *to, const void *from, size_t size)
{
    if ((uintptr_t)to - (uintptr_t)from >= size)
        return copy(to, from, size);
    while (size--)
        ((volatile uint8_t *)to)[size] = ((const uint8_t *)from)[size];
    return to;
}

static void *fill(void *to, int byte, size_t size)
{
#if defined(__x86_64__)
    void *at = to;
    __asm__ volatile("rep stosb" : "+D"(at), "+c"(size) : "a"(byte) : "memory");
#else
    for (size_t i = 0; i < size; i++)
        ((volatile uint8_t *)to)[i] = (uint8_t)byte;
#endif
    return to;
}

static size_t length(const char *text)
{
    size_t at = 0;
    while (((const volatile char *)text)[at])
        at++;
    return at;
}

static int compare(const char *one, const char *other)
{
    for (; *one && *one == *other; one++, other++)
        ;
    return (uint8_t)*one - (uint8_t)*other;
}

/* ---- The rest ---- */

static __attribute__((noreturn)) void give_up(void)
{
    LW_REAL(abort)();
    __builtin_unreachable();
}

static int process(void)
{
    return (int)lw_pid;
}

static int fill_set(uint64_t *set)
{
    *set = ~0ULL;
    return 0;
}

/* All signals are blocked already; and of keys, memory, files there are none. */
static long nothing(void)
{
    return 0;
}

static long no_object(void)
{
    return -1;
}

static long no_file(void)
{
    errno = ENOENT;
    return -1;
}

#if !defined(__x86_64__)
static uint64_t guard = 0x00ff0a0d00ff0a0dULL; /* of stacks */
#endif

static const struct service {
    const char *name;
    void *function;
} services[] = {
    {"__errno_location", (void *)__errno_location},
    {"_dl_find_object", (void *)no_object}, /* then it asks dl_iterate_phdr */
    {"abort", (void *)give_up},
    {"close", (void *)nothing},
    {"dl_iterate_phdr", (void *)iterate_modules},
    {"fstat", (void *)no_file},
    {"getpagesize", (void *)page},
    {"getpid", (void *)process},
    {"memcpy", (void *)copy},
    {"memmove", (void *)move},
    {"memset", (void *)fill},
    {"mincore", (void *)resident},
    {"mmap", (void *)map},
    {"msync", (void *)synchronise},
    {"munmap", (void *)unmap},
    {"open", (void *)no_file},
    {"open64", (void *)no_file},
    {"pipe", (void *)pipe_of_ours},
    {"pipe2", (void *)pipe_of_ours},
    {"pthread_mutex_lock", (void *)lock},
    {"pthread_mutex_unlock", (void *)unlock},
    {"read", (void *)drain},
    {"sigfillset", (void *)fill_set},
    {"stat", (void *)no_file},
    {"strcmp", (void *)compare},
    {"strlen", (void *)length},
    {"syscall", (void *)probe_by_number},
    {"sysconf", (void *)page},
    {"write", (void *)probe},
#if !defined(__x86_64__)
    {"__stack_chk_guard", &guard},
#endif
};

/* Whatever else it calls belongs to what we do not ask of it (names of functions, compressed tables, resuming a frame). */
void *lw_unwinder_service(const char *name)
{
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
        if (services[i].name[0] == name[0] && strcmp(services[i].name, name) == 0)
            return services[i].function;
    return (void *)nothing;
}
