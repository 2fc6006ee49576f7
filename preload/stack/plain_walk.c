/* DESIGN. What a module's tables say of a place in its code is remembered for all threads, in a table that is read and
 * written without a lock: both words of a place are stored as they come, the first one mixed with all bits of the second,
 * so that halves of two are none. What was remembered of modules that have gone since has another key. A small table comes
 * with us; who calls from many places gets a larger one. */
#include "plain_walk.h"

#include "columns.h"
#include "modules.h"
#include "process/process.h"
#include "services.h"
#include "unwind_table.h"

/* ---- What is remembered ---- */

struct place {
    uint64_t mixed, leaving;
};

#define FEW (LW_PAGE / sizeof(struct place))
#define MANY (1u << 13)

static _Alignas(LW_PAGE) struct place few[FEW];
static LW_START_DATA struct place *many; /* NULL: not yet */
static LW_START_DATA uint32_t read_from_tables;

static inline struct place *place_of(uint64_t key)
{
    uint64_t hash = key * 0x9e3779b97f4a7c15 >> 40;
    struct place *larger = __atomic_load_n(&many, __ATOMIC_ACQUIRE);
    return larger ? &larger[hash % MANY] : &few[hash % FEW];
}

static void grow(void)
{
    struct place *larger = lw_pages(MANY * sizeof *larger), *none = NULL;
    if (larger && !__atomic_compare_exchange_n(&many, &none, larger, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        lw_system2(SYS_munmap, larger, MANY * sizeof *larger);
}

bool lw_plain_walk_is_long_lived(void)
{
    return __atomic_load_n(&many, __ATOMIC_RELAXED) != NULL;
}

union word {
    uint64_t word;
    struct lw_leaving leaving;
};
_Static_assert(sizeof(struct lw_leaving) == sizeof(uint64_t), "what is remembered of a place is a word");

static inline uint64_t mix(uint64_t key, uint64_t leaving)
{
    return key ^ leaving * 0xd6e8feb86659fd93;
}

/* Code that is in no module comes and goes without anybody's notice. */
static __attribute__((noinline)) struct lw_leaving find(uint64_t pc, uint64_t key)
{
    union word found = {.leaving = lw_unwind_table_find(pc - 1)};
    if (found.leaving.kind == LW_LEAVING_UNKNOWN)
        return found.leaving;
    if (__atomic_add_fetch(&read_from_tables, 1, __ATOMIC_RELAXED) == FEW)
        grow();
    struct place *place = place_of(key);
    __atomic_store_n(&place->leaving, found.word, __ATOMIC_RELAXED);
    __atomic_store_n(&place->mixed, mix(key, found.word), __ATOMIC_RELAXED);
    return found.leaving;
}

/* Of the frame to which somebody returns at this place: the call lies before it. */
static inline struct lw_leaving leaving_of(uint64_t pc, uint64_t generation)
{
    uint64_t key = pc ^ generation * 0x9e3779b97f4a7c15;
    const struct place *place = place_of(key);
    union word known = {.word = __atomic_load_n(&place->leaving, __ATOMIC_RELAXED)};
    if (__builtin_expect(__atomic_load_n(&place->mixed, __ATOMIC_RELAXED) == mix(key, known.word), 1))
        return known.leaving;
    return find(pc, key);
}

/* ---- The walk ---- */

#define FRAME_AT_MOST (1u << 20)

struct frame {
    uint64_t pc, sp, fp;
    uint64_t fp_at; /* where an inner frame has saved its frame pointer; 0: it is the caller's of the hook */
    uint64_t read;  /* where its return address was, if it was not just below it */
};

static inline bool add_slot(struct lw_walk *walk, uint64_t location, uint64_t value)
{
    if (walk->slots == LW_WALK_SLOTS)
        return false;
    walk->slot[walk->slots++] = (__typeof__(walk->slot[0])){location, value};
    return true;
}

/* A stack may end where a table says that it goes on: who changes to another one by hand need not tell. */
static inline bool is_readable(uint64_t read, uint64_t address)
{
    return __builtin_expect(address / LW_PAGE == read / LW_PAGE, 1) || lw_is_readable(address);
}

static inline uint64_t last_read(const struct frame *frame)
{
    return LW_RETURNS_BELOW ? frame->sp - 8 : frame->read;
}

static inline bool saves_fp(const struct lw_leaving *leaving)
{
    return LW_RETURNS_BELOW ? leaving->saved_at != 0 : (leaving->kind & ~LW_LEAVING_SIGNED) == LW_LEAVING_PLAIN;
}

/* To the caller's. False: not in a plain way. */
static inline bool leave(struct lw_walk *walk, struct frame *frame, const struct lw_leaving *leaving)
{
    uint64_t beginning = (leaving->by_fp ? frame->fp : frame->sp) + (uint64_t)(int64_t)leaving->distance;
    if (beginning <= frame->sp || beginning - frame->sp > FRAME_AT_MOST || beginning % 8)
        return false;
    uint64_t saved = beginning + 8 * (uint64_t)(int64_t)leaving->saved_at;
    uint64_t returns = LW_RETURNS_BELOW ? beginning - 8 : saved + 8 * saves_fp(leaving);
    if (!LW_RETURNS_BELOW && (saved < frame->sp || saved >= beginning)) /* not within this frame */
        return false;
    if (!is_readable(last_read(frame), returns) || (leaving->saved_at && !is_readable(returns, saved)))
        return false;
    uint64_t caller = *(const uint64_t *)returns;
    frame->pc = lw_bare_address(caller);
    if (frame->pc == 0)
        return true;
    if (leaving->by_fp && frame->fp_at && !add_slot(walk, frame->fp_at, frame->fp))
        return false;
    walk->frame_pointer |= leaving->by_fp && !frame->fp_at;
    if (saves_fp(leaving)) {
        frame->fp = *(const uint64_t *)saved;
        frame->fp_at = saved;
    }
    frame->sp = beginning;
    if (!LW_RETURNS_BELOW)
        frame->read = returns;
    return add_slot(walk, returns, caller);
}

bool lw_plain_walk(struct lw_walk *walk, uint32_t limit, uint64_t pc, uint64_t sp, uint64_t fp)
{
    struct frame frame = {pc, sp, fp, 0, sp - 8};
    uint64_t generation = __atomic_load_n(&lw_generation, __ATOMIC_ACQUIRE);
    walk->depth = walk->slots = 0;
    walk->learnable = true;
    walk->frame_pointer = walk->interrupted = false;
    walk->plain = true;
    while (walk->depth < limit && frame.pc != 0) {
        walk->sp[walk->depth] = frame.sp;
        walk->address[walk->depth++] = frame.pc;
        struct lw_leaving leaving = leaving_of(frame.pc, generation);
        if (leaving.kind == LW_LEAVING_NOT)
            break;
        if (leaving.kind < LW_LEAVING_PLAIN || !leave(walk, &frame, &leaving))
            return false;
    }
    return true;
}
