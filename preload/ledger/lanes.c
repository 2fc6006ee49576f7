/* Lanes: counters that belong to one thread at a time, so that threads do not pull cache lines from each other. */
#include <errno.h>
#include <sys/syscall.h>

#include "ledger.h"
#include "process/process.h"
#include "system/system.h"

#define SHARED (LW_LANES - 1)
#define PROBES 8 /* lanes of perhaps ended threads that a new thread looks at */

static struct lw_lane *lane_at(uint32_t index)
{
    return lw_at(&lw_map, __atomic_load_n(&lw_header()->lanes[index], __ATOMIC_ACQUIRE), sizeof(struct lw_lane));
}

static uint32_t lanes_used(void)
{
    uint32_t low = 0, high = SHARED; /* they are made in order, so the first missing one can be searched */
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (lane_at(middle))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool seize(struct lw_lane *lane, uint32_t from, uint32_t thread)
{
    return __atomic_compare_exchange_n(&lane->thread, &from, thread, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* No destructor tells of a thread's end: those run in no certain order, and cost a key of the program's. So a new
 * thread looks whether the owner of some lane is still there, beginning anywhere. */
static struct lw_lane *inherit(uint32_t used, uint32_t thread, uint32_t *index)
{
    for (uint32_t i = 0; i < PROBES && i < used; i++) {
        *index = (thread + i) % used;
        struct lw_lane *lane = lane_at(*index);
        uint32_t owner = lane ? __atomic_load_n(&lane->thread, __ATOMIC_RELAXED) : 0;
        if (owner && lw_thread_is_gone(owner) && seize(lane, owner, thread)) {
            lane->fate = LW_FATE_UNKNOWN;
            return lane;
        }
    }
    return NULL;
}

struct lw_lane *lw_lane_take(uint32_t thread, uint32_t *index)
{
    uint32_t used = lanes_used();
    if (!lw_strict && used > 0) {
        struct lw_lane *lane = inherit(used, thread, index);
        if (lane)
            return lane;
    }
    for (uint32_t i = used; i < SHARED; i++) {
        struct lw_lane *lane = lw_block_at(&lw_header()->lanes[i], sizeof *lane);
        if (!lane)
            break;
        if (seize(lane, 0, thread)) {
            *index = i;
            return lane;
        }
    }
    *index = SHARED;
    return lw_block_at(&lw_header()->lanes[SHARED], sizeof(struct lw_lane));
}

void lw_lanes_settle(uint32_t own)
{
    for (uint32_t i = 0; i < SHARED; i++) {
        struct lw_lane *lane = lane_at(i);
        if (!lane)
            break;
        uint32_t thread = __atomic_load_n(&lane->thread, __ATOMIC_RELAXED);
        bool is_gone = thread && thread != own && lw_thread_is_gone(thread);
        lane->fate = thread == own ? LW_FATE_ENDED_ALL : is_gone ? LW_FATE_GONE : LW_FATE_RAN;
    }
}

static void *counter(uint64_t *segments, uint32_t first, size_t size, uint32_t number)
{
    uint32_t segment = 31u - (uint32_t)__builtin_clz(number / first + 1);
    if (number == LW_OTHER || segment >= LW_SEGMENTS)
        return NULL;
    uint8_t *start = lw_block_at(&segments[segment], size * ((size_t)first << segment));
    return start ? start + size * (number - first * ((1u << segment) - 1)) : NULL;
}

struct lw_site_count *lw_lane_site(struct lw_lane *lane, uint32_t site)
{
    return counter(lane->sites, LW_SITE_COUNT_FIRST, sizeof(struct lw_site_count), site);
}

uint64_t *lw_lane_release(struct lw_lane *lane, uint32_t release)
{
    return counter(lane->releases, LW_RELEASE_COUNT_FIRST, sizeof(uint64_t), release);
}

struct lw_scope_count *lw_lane_scope(struct lw_lane *lane, uint32_t scope)
{
    return counter(lane->scopes, LW_SCOPE_COUNT_FIRST, sizeof(struct lw_scope_count), scope);
}

static const struct lw_site_count *site_if_there(const struct lw_lane *lane, uint32_t site)
{
    uint32_t segment = 31u - (uint32_t)__builtin_clz(site / LW_SITE_COUNT_FIRST + 1);
    if (segment >= LW_SEGMENTS)
        return NULL;
    uint64_t place = __atomic_load_n(&lane->sites[segment], __ATOMIC_ACQUIRE);
    const struct lw_site_count *start = lw_at(&lw_map, place, sizeof *start * ((size_t)LW_SITE_COUNT_FIRST << segment));
    return start ? start + (site - LW_SITE_COUNT_FIRST * ((1u << segment) - 1)) : NULL;
}

/* Lanes are made in order: behind the first missing one there is only the shared one. */
static uint32_t next_lane(uint32_t index)
{
    return index < SHARED && !lane_at(index) ? SHARED : index + 1;
}

int64_t lw_site_held(uint32_t site)
{
    uint64_t held = 0;
    for (uint32_t i = 0; i < LW_LANES; i = next_lane(i)) {
        const struct lw_lane *lane = lane_at(i);
        const struct lw_site_count *count = lane ? site_if_there(lane, site) : NULL;
        if (count)
            held += count->acquired - count->released - count->unseen;
    }
    return (int64_t)held;
}

bool lw_site_released(uint32_t site)
{
    for (uint32_t i = 0; i < LW_LANES; i = next_lane(i)) {
        const struct lw_lane *lane = lane_at(i);
        const struct lw_site_count *count = lane ? site_if_there(lane, site) : NULL;
        if (count && count->released)
            return true;
    }
    return false;
}

int64_t lw_open_count(void)
{
    uint64_t open = lw_header()->inherited_count;
    for (uint32_t i = 0; i < LW_LANES; i = next_lane(i)) {
        const struct lw_lane *lane = lane_at(i);
        if (lane)
            open += __atomic_load_n(&lane->opened, __ATOMIC_RELAXED) - __atomic_load_n(&lane->closed, __ATOMIC_RELAXED);
    }
    return (int64_t)open;
}
