/* The ledger's file: made and mapped, cut, removed. Its descriptor is closed at once: a program that closes everything
 * cannot touch it, and a program whose table is full needs none (errand.c).
 *
 * A path says where a file was, not which one: somebody may have put another one, or a link, in its place, or chroot may
 * have changed what the path means. So the file is known by device and inode, and what does not have these is left alone. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>

#include "ledger.h"
#include "process/process.h"
#include "system/system.h"

#define FIRST (96u * 1024) /* what a small program needs: what is near, the first slots, the samples, and some room */
#define SMALLEST (256u * 1024)
#define OWNERS 0600         /* what may be done with it, and by whom */
#define ONLY (1024u * 1024) /* under a filter of which nothing is known */

/* ---- Made ---- */

/* Beyond RLIMIT_FSIZE ftruncate kills by SIGXFSZ; of RLIMIT_AS the program needs most itself. */
static uint64_t clamp_to_limits(uint64_t wanted, bool file)
{
    struct rlimit limit;
    if (file && lw_system4(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, (long)&limit) == 0 && limit.rlim_cur < wanted)
        wanted = limit.rlim_cur;
    if (lw_system4(SYS_prlimit64, 0, RLIMIT_AS, 0, (long)&limit) == 0 && limit.rlim_cur / 8 < wanted)
        wanted = limit.rlim_cur / 8;
    return wanted & ~(uint64_t)(LW_PAGE - 1);
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

static LW_START_DATA bool future_locked;

void lw_map_lock_future(void)
{
    future_locked = true;
}

/* Where new maps are locked, they count while they are small; unlocked, and then stretched, they do not. */
static long map_unlocked(const struct lw_map *map, long flags, int fd)
{
    long at = lw_syscall6(SYS_mmap, 0, SMALLEST, PROT_NONE, flags, fd, 0);
    if (lw_is_error(at))
        return at;
    lw_system2(SYS_munlock, at, SMALLEST);
    long moved = lw_system4(SYS_mremap, at, SMALLEST, map->size, MREMAP_MAYMOVE);
    if (lw_is_error(moved))
        lw_system2(SYS_munmap, at, SMALLEST);
    return moved;
}

/* Where so much address space is refused (RLIMIT_AS, or RLIMIT_MEMLOCK after mlockall), less may do. */
static long map_range(struct lw_map *map, int fd)
{
    long flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED, at;
    for (;; map->size = map->size / 4 & ~(uint64_t)(LW_PAGE - 1)) {
        at = future_locked ? map_unlocked(map, flags, fd)
                           : lw_syscall6(SYS_mmap, 0, (long)map->size, PROT_NONE, flags, fd, 0);
        if (!lw_is_error(at))
            break;
        if (map->size / 4 < SMALLEST)
            return at;
    }
    map->base = (uint8_t *)at;
    map->claimed = 0;
    return 0;
}

/* The first pages by the road of write(), which costs a fiftieth of faulting them in on ext4. Without it, claiming them
 * does the same. */
static const uint8_t zeroes[LW_PAGE];

/* False: the disk is full. */
static bool write_first(int fd, bool *written)
{
    struct iovec pieces[FIRST / LW_PAGE];
    for (size_t i = 0; i < FIRST / LW_PAGE; i++)
        pieces[i] = (struct iovec){(void *)(uintptr_t)zeroes, LW_PAGE};
    long result = lw_syscall6(SYS_pwritev, fd, (long)pieces, FIRST / LW_PAGE, 0, 0, 0);
    *written = result == FIRST;
    return *written || (result < 0 && result != -ENOSPC && result != -EDQUOT);
}

#define AT_ONCE (LW_NEAR + LW_PAGE) /* of it, in nearly every process */
_Static_assert(AT_ONCE <= FIRST, "what is near needs no claim");

/* What was written is there; of the rest of it each page comes when it is touched. */
static bool claim_first(struct lw_map *map, bool written)
{
    if (!written)
        return lw_claim(map, FIRST);
    if (lw_system3(SYS_mprotect, map->base, FIRST, PROT_READ | PROT_WRITE) != 0)
        return false;
    lw_populate(map->base, AT_ONCE);
    map->claimed = FIRST;
    return true;
}

static long claim_all(const struct lw_map *map)
{
    return lw_system3(SYS_mprotect, map->base, map->size, PROT_READ | PROT_WRITE);
}

/* By calls that no filter forbids: the file is as long at once as it will ever be, and all of it has its place on the
 * disk. */
static long fill_carefully(struct lw_map *map, int fd)
{
    if (map->size > ONLY)
        map->size = ONLY;
    for (uint64_t at = 0; at < map->size; at += LW_PAGE)
        if (lw_system3(SYS_write, fd, zeroes, LW_PAGE) != LW_PAGE)
            return -ENOSPC;
    long result = map_range(map, fd);
    if (result == 0)
        result = claim_all(map);
    map->claimed = result == 0 ? map->size : 0;
    return result;
}

static long fill_file(struct lw_map *map, int fd)
{
    struct stat about;
    if (!lw_careful && !keeps_promises(fd))
        return -EOPNOTSUPP;
    long result = lw_stat_number(fd, &about);
    if (result != 0)
        return result;
    map->device = about.st_dev;
    map->inode = about.st_ino;
    if (lw_careful)
        return fill_carefully(map, fd);
    if ((about.st_mode & OWNERS) != OWNERS) /* such a umask */
        lw_system2(SYS_fchmod, fd, OWNERS);
    bool written;
    if (!write_first(fd, &written))
        return -ENOSPC;
    result = map_range(map, fd);
    if (result == 0)
        result = lw_system2(SYS_ftruncate, fd, (long)map->size);
    return result != 0 || claim_first(map, written) ? result : -ENOSPC;
}

static long make_file(void *context)
{
    struct lw_map *map = context;
    long fd = lw_system4(SYS_openat, AT_FDCWD, map->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, OWNERS);
    if (fd < 0)
        return fd;
    long result = fill_file(map, (int)fd);
    lw_system1(SYS_close, fd);
    if (result != 0 && !lw_careful)
        lw_system3(SYS_unlinkat, AT_FDCWD, map->path, 0);
    return result;
}

static long make_memory(struct lw_map *map)
{
    long result = map_range(map, -1);
    if (result == 0 && lw_careful && (result = claim_all(map)) == 0)
        map->claimed = map->size;
    return result != 0 || lw_claim(map, FIRST) ? result : -ENOMEM;
}

bool lw_map_open(struct lw_map *map, const char *path, uint64_t wanted, int *error)
{
    memset(map, 0, sizeof *map);
    map->path = path;
    map->size = clamp_to_limits(wanted, path != NULL);
    map->is_file = path != NULL;
    long result = path ? -EFBIG : -ENOMEM;
    if (map->size >= SMALLEST)
        result = path ? lw_errand(make_file, map) : make_memory(map);
    if (result != 0)
        lw_map_close(map);
    *error = (int)-result;
    return result == 0;
}

/* Before it is unmapped: another thread may be forking, and the child must not look there. */
static void forget(struct lw_map *map, uint64_t kept)
{
    if (kept)
        map->size = kept;
    else
        map->base = NULL;
    map->claimed = kept;
    map->bounds = NULL;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void lw_map_close(struct lw_map *map)
{
    uint8_t *base = map->base;
    forget(map, 0);
    if (base)
        lw_system2(SYS_munmap, (long)base, (long)map->size);
}

void lw_map_keep_header(struct lw_map *map)
{
    uint64_t header = (sizeof(struct lw_header) + LW_PAGE - 1) & ~(uint64_t)(LW_PAGE - 1);
    if (!map->base || map->size <= header)
        return;
    uint64_t size = map->size;
    forget(map, header);
    lw_system2(SYS_munmap, (long)(map->base + header), (long)(size - header));
}

/* One page of the range stays: it knows the file, and so it can be stretched again without a descriptor. */
void lw_map_lend(struct lw_map *map, uint64_t extent)
{
    if (extent + LW_PAGE < map->size)
        lw_system2(SYS_munmap, (long)(map->base + extent + LW_PAGE), (long)(map->size - extent - LW_PAGE));
}

void lw_map_take_back(struct lw_map *map, uint64_t extent)
{
    uint8_t *page = map->base + extent;
    if (extent + LW_PAGE >= map->size)
        return;
    lw_system2(SYS_munlock, (long)page, LW_PAGE);
    if (lw_is_error(lw_system4(SYS_mremap, (long)page, LW_PAGE, (long)(map->size - extent), 0)))
        map->size = extent;
}

/* ---- Cut, removed ---- */

static bool is_it(const struct lw_map *map, const struct stat *about)
{
    return about->st_dev == map->device && about->st_ino == map->inode;
}

static bool is_at_its_path(const struct lw_map *map)
{
    struct stat about;
    return lw_system4(SYS_newfstatat, AT_FDCWD, map->path, &about, AT_SYMLINK_NOFOLLOW) == 0 && is_it(map, &about);
}

struct cut {
    const struct lw_map *map;
    uint64_t extent;
};

static long cut_file(void *context)
{
    const struct cut *cut = context;
    struct stat about;
    long fd = lw_system4(SYS_openat, AT_FDCWD, cut->map->path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    long result = -ENOENT;
    if (lw_system4(SYS_newfstatat, fd, "", &about, AT_EMPTY_PATH) == 0 && is_it(cut->map, &about))
        result = lw_system2(SYS_ftruncate, fd, (long)cut->extent);
    lw_system1(SYS_close, fd);
    return result;
}

bool lw_map_cut(struct lw_map *map)
{
    struct cut cut = {map, 0};
    if (!map->is_file || !is_at_its_path(map) || (cut.extent = lw_bounds_seal(map)) == 0)
        return false;
    lw_errand(cut_file, &cut);
    return true;
}

/* By who has cut it, and nobody else. The limits may have been lowered since. */
void lw_map_restore(struct lw_map *map)
{
    struct cut cut = {map, map->size};
    if (clamp_to_limits(map->size, true) == map->size && lw_errand(cut_file, &cut) == 0)
        lw_bounds_unseal(map);
}

LW_START_CODE void lw_map_remove(const struct lw_map *map)
{
    if (map->is_file && is_at_its_path(map))
        lw_system3(SYS_unlinkat, AT_FDCWD, map->path, 0);
}
