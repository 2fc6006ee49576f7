/* The mapped ledger: how far it may be touched, and blocks in it. */
#ifndef LW_MAP_H
#define LW_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leakwatch/ledger.h"

#pragma GCC visibility push(hidden)

struct lw_map {
    uint8_t *base;    /* NULL: there is none */
    uint64_t size;    /* mapped */
    uint64_t claimed; /* bytes from the front that may be touched */
    bool is_file;
    bool is_random;           /* the kernel has been told that a touch says nothing of what is around it */
    const char *path;         /* of the file, if it is one; stays the caller's */
    uint64_t device, inode;   /* of the file */
    struct lw_bounds *bounds; /* in the file: how far anybody may go; NULL: it is never cut */
};
extern struct lw_map lw_map;
extern struct lw_map lw_parent; /* in a forked child: the map it inherited, to look things up in, and to note an exec */

static inline struct lw_header *lw_header_of(const struct lw_map *map)
{
    return (struct lw_header *)(void *)map->base;
}
static inline struct lw_header *lw_header(void)
{
    return lw_header_of(&lw_map);
}
/* Makes everything up to `end` usable. */
bool lw_claim(struct lw_map *map, uint64_t end);
/* What lies behind the header is looked at through this alone; NULL: it is not there (offset 0), or may not be touched.
 * The map may be another process's, or be one's own that another process goes on filling: blocks that were out of bounds
 * when this process was forked are claimed here too. */
static inline void *lw_at(struct lw_map *map, uint64_t offset, size_t bytes)
{
    if (!offset || (__builtin_expect(offset + bytes > __atomic_load_n(&map->claimed, __ATOMIC_ACQUIRE), 0) &&
                    !lw_claim(map, offset + bytes)))
        return NULL;
    return map->base + offset;
}

/* Maps a new ledger at the path (O_EXCL), or anonymous memory when path is NULL. `wanted` bytes are cut down to what
 * the limits allow. False: not possible; errno-like code in *error. */
bool lw_map_open(struct lw_map *map, const char *path, uint64_t wanted, int *error);
void lw_map_close(struct lw_map *map);
/* Unmaps all but the header. */
void lw_map_keep_header(struct lw_map *map);
/* The hole behind what anybody may touch goes. To be called by the file's owner, at its end. False: it cannot be cut. */
bool lw_map_cut(struct lw_map *map);
/* That was not the end: it may grow again, unless a limit forbids its size by now. */
void lw_map_restore(struct lw_map *map);
void lw_map_remove(const struct lw_map *map);
/* Around a call that counts address space: unmaps what lies behind the extent, and maps it again, if nobody has taken the
 * place. Nobody may claim meanwhile. */
void lw_map_lend(struct lw_map *map, uint64_t extent);
void lw_map_take_back(struct lw_map *map, uint64_t extent);
/* What is mapped from now on counts as locked. */
void lw_map_lock_future(void);

/* From here on others may claim: threads, and forked children. False: no room. */
bool lw_bounds_begin(struct lw_map *map);
/* From now on nobody gets beyond what it gives. 0: they cannot be sealed now. */
uint64_t lw_bounds_seal(struct lw_map *map);
void lw_bounds_unseal(struct lw_map *map);

/* What is smaller than LW_NEAR_MOST stands in front of LW_NEAR, where there is room. */
#define LW_NEAR (44u * 1024)
#define LW_NEAR_MOST 4096u

/* A block of zeroes; its offset, or 0 when there is no room. */
uint64_t lw_block(size_t bytes);
/* The block whose offset stands in *place, made if it is 0. NULL: no room. */
void *lw_block_made_at(uint64_t *place, size_t bytes);
static inline void *lw_block_at(uint64_t *place, size_t bytes)
{
    uint64_t offset = __atomic_load_n(place, __ATOMIC_ACQUIRE);
    return __builtin_expect(offset != 0, 1) ? lw_at(&lw_map, offset, bytes) : lw_block_made_at(place, bytes);
}
/* Claims this much ahead, for times without system calls. */
void lw_claim_ahead(uint64_t bytes);

#pragma GCC visibility pop

#endif
