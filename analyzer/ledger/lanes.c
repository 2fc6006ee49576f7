/* The counters of a ledger: each thread's lane checked, then added up. */
#include <stdlib.h>
#include <string.h>

#include "private.h"

/* Segments of `first << k` counters, each of this size in the file. */
struct counters {
    const uint64_t *segments;
    uint64_t first, size;
};

/* The counter with this number, into `room` bytes: what a longer one has beyond is left out, what a shorter one lacks is
 * 0. False where there is none. */
static bool counter(const struct ledger *ledger, struct counters counters, uint32_t number, void *to, size_t room)
{
    unsigned k = 63u - (unsigned)__builtin_clzll(number / counters.first + 1);
    if (k >= LW_SEGMENTS)
        return false;
    uint64_t index = number - counters.first * ((1ULL << k) - 1);
    if (snapshot__present(ledger, counters.segments[k], counters.size, index + 1) <= index)
        return false;
    size_t known = counters.size < room ? counters.size : room;
    memcpy(to, ledger->bytes + counters.segments[k] + index * counters.size, known);
    memset((char *)to + known, 0, room - known);
    return true;
}

static struct counters sites_of(const struct ledger *ledger, const struct lw_lane *lane)
{
    return (struct counters){lane->sites, LW_SITE_COUNT_FIRST, ledger->sizes.site_count};
}

static struct counters releases_of(const struct lw_lane *lane)
{
    return (struct counters){lane->releases, LW_RELEASE_COUNT_FIRST, sizeof(uint64_t)};
}

static struct counters scopes_of(const struct ledger *ledger, const struct lw_lane *lane)
{
    return (struct counters){lane->scopes, LW_SCOPE_COUNT_FIRST, ledger->sizes.scope_count};
}

static void check_segments(struct ledger *ledger, const char *what, struct counters counters)
{
    for (unsigned k = 0; k < LW_SEGMENTS; k++) {
        uint64_t offset = counters.segments[k], length = counters.first << k;
        if (offset != 0 && snapshot__present(ledger, offset, counters.size, length) < length)
            ledger__dangling(ledger, what, k, offset);
    }
}

static void check_lane(struct ledger *ledger, uint32_t number, uint64_t offset)
{
    struct rows rows = rows__lay(ledger, offset, ledger->sizes.lane, sizeof(struct lw_lane), 1);
    if (!rows.first)
        return;
    const struct lw_lane *lane = rows__at(rows, 0);
    ledger->lanes[ledger->lane_count++] = (struct lane){number, lane};
    check_segments(ledger, "lane.sites", sites_of(ledger, lane));
    check_segments(ledger, "lane.releases", releases_of(lane));
    check_segments(ledger, "lane.scopes", scopes_of(ledger, lane));
}

/* Room for all lanes that the header names. */
static bool make_room(struct ledger *ledger)
{
    size_t count = 0;
    for (uint32_t i = 0; i < LW_LANES; i++)
        count += ledger->header.lanes[i] != 0;
    free(ledger->lanes);
    ledger->lane_count = 0;
    ledger->lanes = calloc(count + 1, sizeof ledger->lanes[0]);
    return ledger->lanes != NULL;
}

void lanes__check(struct ledger *ledger)
{
    uint64_t most = ledger->size / ledger->sizes.lane; /* as for leaves: see slots.c */
    if (!make_room(ledger)) {
        ledger->out_of_memory = true;
        return;
    }
    for (uint32_t i = 0; i < LW_LANES; i++) {
        uint64_t offset = ledger->header.lanes[i];
        if (offset == 0)
            continue;
        if (!snapshot__block(ledger, offset, ledger->sizes.lane) || ledger->lane_count == most) {
            ledger__dangling(ledger, "header.lanes", i, offset);
            continue;
        }
        check_lane(ledger, i, offset);
    }
}

const struct lw_lane *ledger__lane(const struct ledger *ledger, uint32_t lane)
{
    for (uint32_t i = 0; i < ledger->lane_count; i++)
        if (ledger->lanes[i].number == lane)
            return ledger->lanes[i].record;
    return NULL;
}

/* Sums stop at the top: a damaged counter must not make a small number of a large one. */
static void add(uint64_t *sum, uint64_t value)
{
    if (__builtin_add_overflow(*sum, value, sum))
        *sum = UINT64_MAX;
}

static void add_histogram(uint32_t *sums, const uint32_t *counts, size_t classes)
{
    for (size_t k = 0; k < classes; k++)
        if (__builtin_add_overflow(sums[k], counts[k], &sums[k]))
            sums[k] = UINT32_MAX;
}

static void add_site_count(struct lw_site_count *sum, const struct lw_site_count *count)
{
    add(&sum->acquired, count->acquired);
    add(&sum->released, count->released);
    add(&sum->failed, count->failed);
    add(&sum->peak, count->peak);
    add(&sum->unseen, count->unseen);
    if (count->last_time > sum->last_time)
        sum->last_time = count->last_time;
    add_histogram(sum->lifetimes, count->lifetimes, LW_LIFETIMES);
}

struct lw_site_count ledger__site_count(const struct ledger *ledger, uint32_t site)
{
    struct lw_site_count sum = {0}, count;
    for (uint32_t i = 0; i < ledger->lane_count && site != LW_OTHER; i++)
        if (counter(ledger, sites_of(ledger, ledger->lanes[i].record), site, &count, sizeof count))
            add_site_count(&sum, &count);
    return sum;
}

bool ledger__thread_count(const struct ledger *ledger, uint32_t thread, uint32_t site, struct lw_site_count *count)
{
    for (uint32_t i = 0; i < ledger->lane_count && site != LW_OTHER && thread != 0; i++) {
        const struct lw_lane *lane = ledger->lanes[i].record;
        if (lane->thread != thread)
            continue;
        *count = (struct lw_site_count){0};
        return counter(ledger, sites_of(ledger, lane), site, count, sizeof *count);
    }
    return false;
}

enum lw_fate ledger__thread_fate(const struct ledger *ledger, uint32_t thread)
{
    bool were_looked_at = false;
    for (uint32_t i = 0; i < ledger->lane_count; i++) {
        const struct lw_lane *lane = ledger->lanes[i].record;
        if (lane->thread == thread && lane->fate != LW_FATE_UNKNOWN)
            return lane->fate <= LW_FATE_ENDED_ALL ? (enum lw_fate)lane->fate : LW_FATE_UNKNOWN;
        were_looked_at = were_looked_at || lane->fate != LW_FATE_UNKNOWN;
    }
    return were_looked_at ? LW_FATE_RAN : LW_FATE_UNKNOWN;
}

void ledger__site_counts(const struct ledger *ledger, uint32_t site, ledger_count_visit *visit, void *context)
{
    bool goes_on = true;
    for (uint32_t i = 0; i < ledger->lane_count && site != LW_OTHER && goes_on; i++) {
        const struct lw_lane *lane = ledger->lanes[i].record;
        struct lw_site_count count;
        bool is_there = counter(ledger, sites_of(ledger, lane), site, &count, sizeof count);
        goes_on = !is_there || visit(context, lane->thread, &count);
    }
}

uint32_t ledger__site_threads(const struct ledger *ledger, uint32_t site)
{
    uint32_t threads = 0;
    for (uint32_t i = 0; i < ledger->lane_count && site != LW_OTHER; i++) {
        struct lw_site_count count;
        bool is_there = counter(ledger, sites_of(ledger, ledger->lanes[i].record), site, &count, sizeof count);
        threads += is_there && count.acquired > 0;
    }
    return threads;
}

uint64_t ledger__release_count(const struct ledger *ledger, uint32_t release)
{
    uint64_t sum = 0, count;
    for (uint32_t i = 0; i < ledger->lane_count && release != LW_OTHER; i++)
        if (counter(ledger, releases_of(ledger->lanes[i].record), release, &count, sizeof count))
            add(&sum, count);
    return sum;
}

static void raise_to(uint64_t *value, uint64_t least)
{
    if (*value < least)
        *value = least;
}

static void add_scope_count(struct lw_scope_count *sum, const struct lw_scope_count *count)
{
    add(&sum->entered, count->entered);
    add(&sum->ended, count->ended);
    add(&sum->failed, count->failed);
    add(&sum->left, count->left);
    add(&sum->clean, count->clean);
    add(&sum->ticks, count->ticks);
    raise_to(&sum->most, count->most);
    add_histogram(sum->durations, count->durations, LW_DURATIONS);
}

struct lw_scope_count ledger__scope_count(const struct ledger *ledger, uint32_t scope)
{
    struct lw_scope_count sum = {0}, count;
    for (uint32_t i = 0; i < ledger->lane_count && scope != LW_OTHER; i++)
        if (counter(ledger, scopes_of(ledger, ledger->lanes[i].record), scope, &count, sizeof count))
            add_scope_count(&sum, &count);
    /* A thread, or the reader, may have been in the middle of an end. */
    raise_to(&sum.ended, sum.failed > sum.left ? sum.failed : sum.left);
    raise_to(&sum.entered, sum.ended);
    return sum;
}

/* No clock of a processor is slower or faster than that. */
static const double slowest_clock = 1e3, fastest_clock = 1e12;

double ledger__clock_rate(const struct ledger *ledger)
{
    const struct lw_header *header = &ledger->header;
    if (header->clock_last <= header->clock_first || header->clock_last_time <= header->clock_first_time)
        return 0;
    double ticks = (double)(header->clock_last - header->clock_first);
    double rate = ticks * 1e9 / (double)(header->clock_last_time - header->clock_first_time);
    return rate >= slowest_clock && rate <= fastest_clock ? rate : 0;
}

/* The plain counters of a lane: all between its owner and its segments. */
enum {
    FIRST_COUNTER = offsetof(struct lw_lane, opened),
    COUNTERS = (offsetof(struct lw_lane, sites) - FIRST_COUNTER) / sizeof(uint64_t)
};

struct lw_lane ledger__lanes(const struct ledger *ledger)
{
    struct lw_lane sum = {0};
    uint64_t *sums = (uint64_t *)(void *)((char *)&sum + FIRST_COUNTER);
    for (uint32_t i = 0; i < ledger->lane_count; i++) {
        const char *lane = (const char *)ledger->lanes[i].record;
        const uint64_t *counters = (const uint64_t *)(const void *)(lane + FIRST_COUNTER);
        for (size_t k = 0; k < COUNTERS; k++)
            add(&sums[k], counters[k]);
    }
    sum.thread = ledger->lane_count;
    return sum;
}
