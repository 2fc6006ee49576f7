/* What the sites hold that take locks.
 *
 * DESIGN. Locks have no slots: what is held stands on the boards of threads, and how long locks were held is known of those
 * that others waited for, and of one in LW_LOCKING_SAMPLE others. The sample stands for all that were given back, so that its
 * shares count; where it is too small to show a habit, nothing can be said of the site. A single lock is held by any
 * thread at work: sites that hold several alone are judged. */
#include "locks.h"

#include <stdlib.h>

#include "base/heap.h"
#include "base/numbers.h"
#include "ledger/boards.h"

enum { SEVERAL = 2, SAMPLES_AT_LEAST = 10 };

#define NANOSECONDS 1e9

struct lock_reading {
    const struct ledger *ledger;
    uint32_t sites;
    uint64_t *taken;            /* by number of a site */
    size_t *held;               /* likewise */
    struct growth_site **place; /* likewise; NULL: not judged */
};

static bool is_held(const struct lock_reading *reading, const struct ledger_hold *hold)
{
    return hold->hold->state == LW_HOLD_HELD && hold->hold->left != (uint32_t)LW_HOLD_EXPECTED &&
           hold->hold->site < reading->sites && ledger__time_of_ticks(reading->ledger, hold->hold->since) != 0;
}

static bool count_hold(void *context, const struct ledger_hold *hold)
{
    struct lock_reading *reading = context;
    if (is_held(reading, hold))
        reading->held[hold->hold->site]++;
    return true;
}

static bool note_birth(void *context, const struct ledger_hold *hold)
{
    const struct lock_reading *reading = context;
    struct growth_site *site = is_held(reading, hold) ? reading->place[hold->hold->site] : NULL;
    if (site != NULL)
        site->births[site->held++] = ledger__time_of_ticks(reading->ledger, hold->hold->since);
    return true;
}

/* Classes of ticks to classes of nanoseconds: by the longest time of each. */
static void note_lifetimes(struct growth_site *site, const struct lw_locking *locking, double rate)
{
    for (unsigned k = 0; k < LW_WAIT_CLASSES; k++) {
        double longest = (double)(1ULL << (LW_WAIT_SHIFT + k)) / rate * NANOSECONDS;
        uint64_t time = longest < 1e19 ? (uint64_t)longest : UINT64_MAX;
        site->lifetimes[lw_power(time, LW_LIFETIME_SHIFT, LW_LIFETIMES)] += locking->holds[k];
        site->released += locking->holds[k];
    }
}

/* As many as were given back, in the shares of the sample. */
static void stand_for_all(struct growth_site *site, uint64_t given_back)
{
    double more = (double)given_back / (double)site->released;
    site->released = 0;
    for (unsigned k = 0; k < LW_LIFETIMES; k++) {
        double count = site->lifetimes[k] * more;
        site->lifetimes[k] = count < UINT32_MAX ? (uint32_t)(count + 0.5) : UINT32_MAX;
        site->released += site->lifetimes[k];
    }
}

static const struct lw_locking *row_of(const struct ledger *ledger, uint32_t site)
{
    for (uint32_t i = 1; i < ledger__count(ledger, LW_LOCKINGS); i++) {
        const struct lw_locking *locking = ledger__locking(ledger, i);
        if (locking != NULL && locking->site == site)
            return locking;
    }
    return NULL;
}

static int compare_numbers(const void *left, const void *right)
{
    const struct growth_site *a = left, *b = right;
    return (a->number > b->number) - (a->number < b->number);
}

/* Of what has slots. */
static bool is_there(const struct growth *growth, size_t others, uint32_t number)
{
    const struct growth_site key = {.number = number};
    return bsearch(&key, growth->sites, others, sizeof key, compare_numbers) != NULL;
}

static void add_site(struct growth *growth, size_t others, struct lock_reading *reading, uint32_t number)
{
    const struct lw_site *site = ledger__site(reading->ledger, number);
    const struct lw_locking *locking = row_of(reading->ledger, number);
    size_t held = reading->held[number];
    uint64_t given_back = reading->taken[number] > held ? reading->taken[number] - held : 0;
    if (site == NULL || lw_class(site->kind) != LW_CLASS_LOCK || is_there(growth, others, number))
        return;
    struct growth_site own = {.number = number,
                              .kind = site->kind,
                              .first = site->first_time > growth->start ? site->first_time : growth->start,
                              .acquired = held + given_back};
    if (locking != NULL)
        note_lifetimes(&own, locking, ledger__clock_rate(reading->ledger));
    if (given_back > 0 && own.released < SAMPLES_AT_LEAST)
        return;
    if (given_back > 0)
        stand_for_all(&own, given_back);
    own.births = heap__zeroed(held + 1, sizeof(uint64_t));
    reading->place[number] = &growth->sites[growth->site_count];
    growth->sites[growth->site_count++] = own;
}

static void add_sites(struct growth *growth, struct lock_reading *reading)
{
    size_t others = growth->site_count;
    ledger__holds(reading->ledger, count_hold, reading);
    ledger__locks_taken(reading->ledger, reading->taken);
    for (uint32_t i = 1; i < reading->sites; i++)
        if (reading->held[i] >= SEVERAL)
            add_site(growth, others, reading, i);
    if (growth->site_count == others)
        return;
    ledger__holds(reading->ledger, note_birth, reading);
    for (size_t i = others; i < growth->site_count; i++) {
        struct growth_site *site = &growth->sites[i];
        numbers__sort(site->births, site->held);
        site->last = site->births[site->held - 1];
    }
    qsort(growth->sites, growth->site_count, sizeof(struct growth_site), compare_numbers);
}

void growth_locks__read(struct growth *growth, const struct ledger *ledger)
{
    uint32_t sites = ledger__count(ledger, LW_SITES);
    struct lock_reading reading = {.ledger = ledger, .sites = sites};
    if (ledger__count(ledger, LW_BOARDS) <= 1 || ledger__clock_rate(ledger) <= 0)
        return;
    reading.taken = heap__zeroed(sites, sizeof(uint64_t));
    reading.held = heap__zeroed(sites, sizeof(size_t));
    reading.place = heap__zeroed(sites, sizeof(*reading.place));
    add_sites(growth, &reading);
    free(reading.taken);
    free(reading.held);
    free(reading.place);
}
