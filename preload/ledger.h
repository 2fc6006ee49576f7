/* The mapped ledger: blocks, tables, slots, lanes. No policy: what is booked, and when, is account.c's affair.
 *
 * Everything here may be called by any number of threads and from signal handlers, never waits, and says "no room" by 0
 * or NULL. Pages are claimed (made writable and given room on disk) before they are used, so that a full disk is an
 * answer and not a SIGBUS. */
#ifndef LW_LEDGER_H
#define LW_LEDGER_H

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
/* The hole behind what anybody may touch goes. To be called by the file's owner, at its end. */
void lw_map_cut(struct lw_map *map);
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

/* A block of zeroes; its offset, or 0 when there is no room. */
uint64_t lw_block(size_t bytes);
/* The block whose offset stands in *place, made if it is 0. NULL: no room. */
void *lw_block_at(uint64_t *place, size_t bytes);
/* Claims this much ahead, for times without system calls. */
void lw_claim_ahead(uint64_t bytes);

/* ---- tables.c ---- */

void lw_tables_begin(struct lw_header *header);

/* The number of the element that is `same` as key, made by `fill` if there is none; LW_OTHER when the table is full. */
typedef bool lw_same(const void *element, const void *key);
typedef void lw_fill(void *element, const void *key);
uint32_t lw_intern(enum lw_table_id table, uint64_t hash, lw_same *same, lw_fill *fill, const void *key);
/* The element of that number, which intern returned; NULL for 0 and LW_OTHER. */
void *lw_element(enum lw_table_id table, uint32_t number);
/* The number of the element that is `same`; 0: there is none. */
uint32_t lw_lookup(enum lw_table_id table, uint64_t hash, lw_same *same, const void *key);
void *lw_element_of(struct lw_map *map, enum lw_table_id table, uint32_t number);
uint32_t lw_name(const char *text, size_t length);
/* Its text, cut to the room, with 0 at the end; "" where there is none. */
void lw_name_copy(char *to, size_t room, uint32_t number);

static inline uint64_t lw_hash2(uint64_t a, uint64_t b)
{
    uint64_t x = (a ^ 0x9e3779b97f4a7c15ULL) * 0xff51afd7ed558ccdULL;
    x = (x ^ (x >> 32) ^ b) * 0xc4ceb9fe1a85ec53ULL;
    return x ^ (x >> 29);
}

/* ---- slots.c ---- */

/* The slot of a descriptor; NULL: it has none (and `make` was not asked for, or there was no room). */
struct lw_slot *lw_fd_slot(int fd, bool make);
struct lw_slot *lw_fd_slot_of(struct lw_map *map, uint32_t number);
/* Every slot there is of descriptors first to last, in order. */
typedef void lw_slot_visit(struct lw_slot *slot, unsigned number, void *context);
void lw_fd_slots(struct lw_map *map, unsigned first, unsigned last, lw_slot_visit *visit, void *context);
/* The slot of a handle, and its word when it was; NULL: never seen, being written, or its slot was used again. Once the
 * word is another, the slot may be another's. */
struct lw_slot *lw_handle_slot(uint64_t key, uint32_t *number, uint64_t *word);
/* A slot for a handle, its word already LW_WRITING and its key set. Takes over the key's own slot first. NULL: no room. */
struct lw_slot *lw_handle_take(uint64_t key, uint32_t *number);
struct lw_slot *lw_handle_by_number(uint32_t number);
void lw_handle_slots(lw_slot_visit *visit, void *context);
void lw_slots_forget(void);

static inline enum lw_state lw_state(uint64_t word)
{
    return (enum lw_state)(word & 0xff);
}
static inline uint64_t lw_word(const struct lw_slot *slot)
{
    return __atomic_load_n(&slot->word, __ATOMIC_ACQUIRE);
}
static inline uint64_t lw_in_state(uint64_t word, enum lw_state state)
{
    return (word & ~0xffULL) | state;
}
static inline uint64_t lw_next_word(uint64_t word, enum lw_state state)
{
    return ((word >> 8) + 1) << 8 | state;
}
static inline bool lw_change(struct lw_slot *slot, uint64_t from, uint64_t to)
{
    return __atomic_compare_exchange_n(&slot->word, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
static inline bool lw_is_held(uint64_t word)
{
    return lw_state(word) == LW_HELD || lw_state(word) == LW_RELEASING;
}

/* ---- lanes.c ---- */

/* A lane for this thread: a free one, one whose thread has ended, a new one, or the shared one. NULL: no room. */
struct lw_lane *lw_lane_take(uint32_t thread, uint32_t *index);
/* At an end of the process as it wishes: who of its threads is still there. own: the thread that ends it. */
void lw_lanes_settle(uint32_t own);
struct lw_site_count *lw_lane_site(struct lw_lane *lane, uint32_t site);
uint64_t *lw_lane_release(struct lw_lane *lane, uint32_t release);
struct lw_scope_count *lw_lane_scope(struct lw_lane *lane, uint32_t scope);
/* acquired - released of a site over all lanes; descriptors opened - closed over all lanes. */
int64_t lw_site_held(uint32_t site);
/* Has anything that it acquired been released, by whatever lane? */
bool lw_site_released(uint32_t site);
int64_t lw_open_count(void);

/* A counter that others write too. */
static inline void lw_count(uint64_t *counter)
{
    __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}
/* A counter of a lane: one instruction, so that a signal handler of the same thread loses nothing, and no bus lock. In
 * the shared lane, two threads may lose one to each other. */
static inline void lw_tally(uint64_t *counter)
{
#if defined(__x86_64__)
    __asm__("incq %0" : "+m"(*counter) : : "cc");
#else
    __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
#endif
}

/* ---- samples.c ---- */

extern uint64_t lw_next_sample; /* a copy of the ledger's, at hand */
void lw_take_sample(uint64_t now);
static inline void lw_sample(uint64_t now)
{
    if (now >= lw_next_sample)
        lw_take_sample(now);
}
/* A reading of the fine clock, with the time: two of them give its rate. */
void lw_note_clock(void);
void lw_samples_forget(void);
bool lw_is_table_full(void); /* after an EMFILE */
void lw_note_exhaustion(uint32_t stack, uint32_t call, uint32_t thread, uint64_t now, int error);
/* To be called if lw_events only. */
void lw_note_event(enum lw_event_kind kind, uint64_t now, uint64_t handle, uint32_t stack, uint32_t call,
                   uint32_t thread, int error);

#pragma GCC visibility pop

#endif
