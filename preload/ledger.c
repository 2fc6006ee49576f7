/* The mapped file: how it is made, and how blocks of it are claimed and handed out.
 *
 * DESIGN. The whole range is mapped at once and the descriptor closed: a program that closes everything cannot touch
 * it. The range is PROT_NONE at first, so that mlockall() of the program does not fault it all in; claiming makes a
 * piece of it writable and has the kernel allocate its pages (MADV_POPULATE_WRITE), which says EFAULT on a full disk
 * where a store would have raised SIGBUS. */
#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>

#include "arch.h"
#include "process.h"
#include "system.h"

#define PAGE 4096u
#define CHUNK (64u * 1024)
#define FIRST (96u * 1024) /* what a small program needs */
#define SMALLEST (256u * 1024)
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

LW_HOT_DATA struct lw_map lw_map;
struct lw_map lw_parent;

static uint64_t round_up(uint64_t value, uint64_t to)
{
    return (value + to - 1) & ~(to - 1);
}

/* Before Linux 5.14: a system call that writes to each page and says EFAULT where it cannot. What it writes (the signal
 * mask) is wiped again. */
static bool populate_by_writing(uint8_t *from, uint64_t bytes)
{
    for (uint64_t at = 0; at < bytes; at += PAGE) {
        if (lw_system4(SYS_rt_sigprocmask, SIG_BLOCK_RAW, 0, (long)(from + at), 8) != 0)
            return false;
        memset(from + at, 0, 8);
    }
    return true;
}

static bool populate(uint8_t *from, uint64_t bytes)
{
    if (lw_system3(SYS_mprotect, (long)from, (long)bytes, PROT_READ | PROT_WRITE) != 0)
        return false;
    long result = lw_system3(SYS_madvise, (long)from, (long)bytes, MADV_POPULATE_WRITE);
    if (result == -EINVAL)
        return populate_by_writing(from, bytes);
    return result == 0;
}

/* Makes everything up to `end` usable. Two threads may do the same piece: that is harmless. */
static bool claim(struct lw_map *map, uint64_t end)
{
    uint64_t claimed = __atomic_load_n(&map->claimed, __ATOMIC_ACQUIRE);
    if (end <= claimed)
        return true;
    if (lw_strict)
        return false;
    uint64_t until = round_up(end, PAGE);
    if (until < claimed + CHUNK)
        until = claimed + CHUNK;
    if (until > map->size)
        until = map->size;
    if (!populate(map->base + claimed, until - claimed)) {
        /* A smaller piece may still fit on the disk. */
        until = round_up(end, PAGE);
        if (!populate(map->base + claimed, until - claimed))
            return false;
    }
    while (claimed < until &&
           !__atomic_compare_exchange_n(&map->claimed, &claimed, until, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        ;
    return true;
}

void lw_claim_ahead(uint64_t bytes)
{
    uint64_t end = __atomic_load_n(&lw_header()->used, __ATOMIC_RELAXED) + bytes;
    claim(&lw_map, end < lw_map.size ? end : lw_map.size);
}

uint64_t lw_block(size_t bytes)
{
    struct lw_header *header = lw_header();
    uint64_t used = __atomic_load_n(&header->used, __ATOMIC_RELAXED), start, end;
    do {
        start = round_up(used, 64);
        end = start + bytes;
        if (end > lw_map.size || !claim(&lw_map, end)) {
            __atomic_fetch_or(&header->troubles, LW_TROUBLE_FULL, __ATOMIC_RELAXED);
            return 0;
        }
    } while (!__atomic_compare_exchange_n(&header->used, &used, end, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    return start;
}

void *lw_block_at(uint64_t *place, size_t bytes)
{
    uint64_t offset = __atomic_load_n(place, __ATOMIC_ACQUIRE);
    if (!offset) {
        uint64_t made = lw_block(bytes);
        if (!made)
            return NULL;
        if (__atomic_compare_exchange_n(place, &offset, made, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            offset = made;
    }
    return lw_reach(&lw_map, offset, bytes) ? lw_at(offset) : NULL;
}

bool lw_reach(struct lw_map *map, uint64_t offset, size_t bytes)
{
    return offset + bytes <= __atomic_load_n(&map->claimed, __ATOMIC_ACQUIRE) || claim(map, offset + bytes);
}

/* Beyond RLIMIT_FSIZE ftruncate kills by SIGXFSZ; of RLIMIT_AS the program needs most itself. */
static uint64_t clamp_to_limits(uint64_t wanted, bool file)
{
    struct rlimit limit;
    if (file && lw_system4(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, (long)&limit) == 0 && limit.rlim_cur < wanted)
        wanted = limit.rlim_cur;
    if (lw_system4(SYS_prlimit64, 0, RLIMIT_AS, 0, (long)&limit) == 0 && limit.rlim_cur / 8 < wanted)
        wanted = limit.rlim_cur / 8;
    return wanted & ~(uint64_t)(PAGE - 1);
}

/* Where a page's place on disk is only decided at write-back (copy-on-write), or is elsewhere (network), claiming
 * promises nothing. */
static bool keeps_promises(int fd)
{
    static const uint32_t unreliable[] = {BTRFS_SUPER_MAGIC,
                                          NFS_SUPER_MAGIC,
                                          0xff534d42 /* cifs */,
                                          0xfe534d42 /* smb2 */,
                                          FUSE_SUPER_MAGIC,
                                          0x2fc12fc1 /* zfs */,
                                          V9FS_MAGIC,
                                          0xca451a4e /* bcachefs */};
    struct statfs about;
    if (lw_system2(SYS_fstatfs, fd, (long)&about) != 0)
        return true;
    for (size_t i = 0; i < sizeof unreliable / sizeof unreliable[0]; i++)
        if ((uint32_t)about.f_type == unreliable[i])
            return false;
    return true;
}

static bool map_range(struct lw_map *map, int fd)
{
    long flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED;
    long at = lw_syscall6(SYS_mmap, 0, (long)map->size, PROT_NONE, flags, fd, 0);
    if (lw_is_error(at))
        return false;
    map->base = (uint8_t *)at;
    map->claimed = 0;
    /* Or else the first touch of a hole in a large file may bring in megabytes around it. */
    lw_system3(SYS_madvise, at, map->size, MADV_RANDOM);
    return claim(map, FIRST);
}

/* The first pages by the road of write(), which costs a fiftieth of faulting them in on ext4. */
static bool write_first(int fd)
{
    static const uint8_t zeroes[PAGE];
    struct iovec pieces[FIRST / PAGE];
    for (size_t i = 0; i < FIRST / PAGE; i++)
        pieces[i] = (struct iovec){(void *)(uintptr_t)zeroes, PAGE};
    return lw_syscall6(SYS_pwritev, fd, (long)pieces, FIRST / PAGE, 0, 0, 0) == FIRST;
}

static bool map_file(struct lw_map *map, const char *path, int *error)
{
    int fd =
        (int)lw_system4(SYS_openat, AT_FDCWD, (long)path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        *error = -fd;
        return false;
    }
    *error = ENOSPC;
    bool good = keeps_promises(fd);
    if (!good)
        *error = EOPNOTSUPP;
    good = good && write_first(fd) && lw_system2(SYS_ftruncate, fd, (long)map->size) == 0 && map_range(map, fd);
    lw_system1(SYS_close, fd);
    if (!good) {
        lw_map_close(map);
        lw_system3(SYS_unlinkat, AT_FDCWD, (long)path, 0);
    }
    return good;
}

bool lw_map_open(struct lw_map *map, const char *path, uint64_t wanted, int *error)
{
    memset(map, 0, sizeof *map);
    map->path = path;
    map->size = clamp_to_limits(wanted, path != NULL);
    map->is_file = path != NULL;
    *error = ENOMEM;
    if (map->size < SMALLEST) {
        *error = path ? EFBIG : ENOMEM;
        return false;
    }
    if (path)
        return map_file(map, path, error);
    if (map_range(map, -1))
        return true;
    lw_map_close(map);
    return false;
}

void lw_map_close(struct lw_map *map)
{
    if (map->base)
        lw_system2(SYS_munmap, (long)map->base, (long)map->size);
    map->base = NULL;
}
