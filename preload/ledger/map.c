/* The mapped range: how blocks of it are claimed and handed out.
 *
 * DESIGN. The whole range is mapped at once, PROT_NONE at first, so that mlockall() of the program does not fault it all
 * in; claiming makes a piece of it writable and has the kernel allocate its pages (MADV_POPULATE_WRITE), which says
 * EFAULT on a full disk where a store would have raised SIGBUS.
 *
 * Who may shorten the file, and when: its owner alone, at its end, and never below what anybody may touch. Others may be
 * at work then: threads that run on, and forked children, which still have the map. All of them announce a claim in
 * `bounds` (a block of the file), and note there how far it went. The owner seals the bounds, which works only while no
 * claim is under way; from then on nobody gets beyond the furthest claim that there has been, and the file is cut there.
 * A process that was killed in the middle of a claim leaves a file that is not cut.
 *
 * Small blocks stand near the header, until there is no room: the pages that every process touches are few, then, and are
 * brought in by one call. Large ones, of which often a corner is used, come behind. */
#include "ledger.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "process/process.h"
#include "system/system.h"

#define CHUNK (64u * 1024)

LW_HOT_DATA struct lw_map lw_map;
LW_START_DATA struct lw_map lw_parent;

static uint64_t round_up(uint64_t value, uint64_t to)
{
    return (value + to - 1) & ~(to - 1);
}

/* Before Linux 5.14: a system call that writes to each page and says EFAULT where it cannot. What it writes (the signal
 * mask) is wiped again. */
static bool populate_by_writing(uint8_t *from, uint64_t bytes)
{
    for (uint64_t at = 0; at < bytes; at += LW_PAGE) {
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

/* ---- Bounds ---- */

struct lw_bounds {
    uint32_t claiming; /* claims under way, in whatever process; SEALED */
    uint32_t near;     /* bytes from the front that are handed out near the header, up to LW_NEAR */
    uint64_t extent;   /* bytes from the front that somebody may touch */
};
#define SEALED 0x80000000u

bool lw_bounds_begin(struct lw_map *map)
{
    struct lw_header *header = lw_header_of(map);
    uint64_t place = lw_block(sizeof(struct lw_bounds));
    struct lw_bounds *bounds = lw_at(map, place, sizeof *bounds);
    if (!bounds)
        return false;
    bounds->near = header->used < LW_NEAR ? (uint32_t)header->used : LW_NEAR;
    if (header->used < LW_NEAR)
        header->used = LW_NEAR;
    bounds->extent = map->claimed;
    map->bounds = bounds;
    return true;
}

/* How far this claim may go. Until the bounds are there, nobody else is. */
static uint64_t announce(struct lw_map *map)
{
    if (!map->bounds || !(__atomic_fetch_add(&map->bounds->claiming, 1, __ATOMIC_ACQ_REL) & SEALED))
        return map->size;
    uint64_t extent = __atomic_load_n(&map->bounds->extent, __ATOMIC_ACQUIRE);
    return extent < map->size ? extent : map->size;
}

static void raise(uint64_t *value, uint64_t to)
{
    uint64_t now = __atomic_load_n(value, __ATOMIC_ACQUIRE);
    while (now < to && !__atomic_compare_exchange_n(value, &now, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        ;
}

static void conclude(struct lw_map *map, uint64_t until)
{
    if (!map->bounds)
        return;
    raise(&map->bounds->extent, until);
    __atomic_fetch_sub(&map->bounds->claiming, 1, __ATOMIC_ACQ_REL);
}

#define PATIENCE 100 /* a claim takes some microseconds */

uint64_t lw_bounds_seal(struct lw_map *map)
{
    if (!map->bounds)
        return 0;
    for (int i = 0; i < PATIENCE; i++) {
        uint32_t nobody = 0;
        if (__atomic_compare_exchange_n(&map->bounds->claiming, &nobody, SEALED, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
            return __atomic_load_n(&map->bounds->extent, __ATOMIC_ACQUIRE);
        if (nobody & SEALED)
            return 0;
        lw_system0(SYS_sched_yield);
    }
    return 0;
}

void lw_bounds_unseal(struct lw_map *map)
{
    __atomic_fetch_and(&map->bounds->claiming, ~SEALED, __ATOMIC_ACQ_REL);
}

static bool is_sealed(const struct lw_map *map)
{
    return map->bounds && __atomic_load_n(&map->bounds->claiming, __ATOMIC_RELAXED) & SEALED;
}

/* ---- Claims ---- */

/* Gives how far it came; a smaller piece may fit on the disk where a larger one does not. */
static uint64_t claim_piece(struct lw_map *map, uint64_t claimed, uint64_t end, uint64_t limit)
{
    uint64_t least = round_up(end, LW_PAGE), until = least < claimed + CHUNK ? claimed + CHUNK : least;
    if (until > limit)
        until = limit;
    if (populate(map->base + claimed, until - claimed))
        return until;
    return populate(map->base + claimed, least - claimed) ? least : 0;
}

/* Two threads may do the same piece: that is harmless. */
bool lw_claim(struct lw_map *map, uint64_t end)
{
    uint64_t claimed = __atomic_load_n(&map->claimed, __ATOMIC_ACQUIRE);
    if (end <= claimed)
        return true;
    if (lw_strict || end > map->size)
        return false;
    if (!map->is_random) {
        /* Or else the first touch of a hole in a large file may bring in megabytes around it. */
        lw_system3(SYS_madvise, (long)map->base, (long)map->size, MADV_RANDOM);
        map->is_random = true;
    }
    uint64_t limit = announce(map), until = end <= limit ? claim_piece(map, claimed, end, limit) : 0;
    conclude(map, until);
    raise(&map->claimed, until);
    return until != 0;
}

void lw_claim_ahead(uint64_t bytes)
{
    uint64_t end = __atomic_load_n(&lw_header()->used, __ATOMIC_RELAXED) + bytes;
    lw_claim(&lw_map, end < lw_map.size ? end : lw_map.size);
}

/* A small block near the header; 0: there is no more room for it. All that is near has been claimed from the start. */
static uint64_t near_block(size_t bytes)
{
    struct lw_bounds *bounds = lw_map.bounds;
    if (!bounds || bytes > LW_NEAR_MOST)
        return 0;
    uint32_t near = __atomic_load_n(&bounds->near, __ATOMIC_RELAXED), start, end;
    do {
        start = (uint32_t)round_up(near, 64);
        end = start + (uint32_t)bytes;
        if (end > LW_NEAR)
            return 0;
    } while (!__atomic_compare_exchange_n(&bounds->near, &near, end, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    return start;
}

static uint64_t block_behind(size_t bytes)
{
    struct lw_header *header = lw_header();
    uint64_t used = __atomic_load_n(&header->used, __ATOMIC_RELAXED), start, end;
    do {
        start = round_up(used, 64);
        end = start + bytes;
        if (!lw_claim(&lw_map, end)) {
            if (!is_sealed(&lw_map)) /* what comes after the end is nobody's trouble */
                __atomic_fetch_or(&header->troubles, LW_TROUBLE_FULL, __ATOMIC_RELAXED);
            return 0;
        }
    } while (!__atomic_compare_exchange_n(&header->used, &used, end, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    return start;
}

uint64_t lw_block(size_t bytes)
{
    uint64_t near = near_block(bytes);
    return near ? near : block_behind(bytes);
}

void *lw_block_made_at(uint64_t *place, size_t bytes)
{
    uint64_t there = 0, made = lw_block(bytes);
    if (!made)
        return NULL;
    if (__atomic_compare_exchange_n(place, &there, made, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        there = made;
    return lw_at(&lw_map, there, bytes);
}
