/* Release sites that have not failed yet, and whose results nobody would look at: unchecked-release.
 *
 * DESIGN. A site is the call, with the frames around it up to the one where the verdict was reached: one wrapper may be
 * checked by this caller and ignored by that one. Whoever else calls them does not matter, so each site is told once. */
#include "audit.h"

#include <stdlib.h>

#include "base/heap.h"
#include "base/table.h"
#include "callsite/verdicts.h"
#include "inquiry.h"
#include "model/results.h"
#include "outcomes.h"

struct site {
    uint32_t place; /* struct outcome's */
    enum verdict verdict;
    bool has_failed, is_writable;
    UT_hash_handle hh;
};

struct audit {
    struct site *sites;
};

struct audit *audit__new(void)
{
    return heap__zeroed(1, sizeof(struct audit));
}

void audit__free(struct audit *audit)
{
    struct site *site, *next;
    if (audit == NULL)
        return;
    HASH_ITER(hh, audit->sites, site, next) {
        HASH_DEL(audit->sites, site);
        free(site);
    }
    free(audit);
}

static struct site *site_of(struct audit *audit, const struct outcome *outcome)
{
    struct site *site;
    HASH_FIND(hh, audit->sites, &outcome->place, sizeof(outcome->place), site);
    if (site != NULL)
        return site;
    site = heap__zeroed(1, sizeof(*site));
    site->place = outcome->place;
    site->verdict = outcome->verdict;
    HASH_ADD(hh, audit->sites, place, sizeof(site->place), site);
    return site;
}

/* What has failed is told of as that. */
static void note_failures(struct audit *audit, struct inquiry *inquiry)
{
    for (uint32_t i = 1; i < ledger__count(inquiry->ledger, LW_FAILURES); i++) {
        const struct lw_failure *failure = ledger__failure(inquiry->ledger, i);
        if (failure == NULL || (failure->role != LW_FAILED_RELEASE && failure->role != LW_LOST_WRITE))
            continue;
        uint32_t stack = stacks__number(inquiry->stacks, failure->stack);
        if (stack != 0)
            site_of(audit, verdicts__of(inquiry->verdicts, stack))->has_failed = true;
    }
}

static void add_release(struct inquiry *inquiry, const struct lw_release *release, const struct outcome *outcome,
                        uint64_t count)
{
    const struct lw_site *site = ledger__site(inquiry->ledger, release->site);
    const struct finding_kind *kind = kinds__get(KIND_UNCHECKED_RELEASE);
    struct tally_key key = {
        .kind = kind,
        .call = inquiry__name(inquiry, release->call),
        .released = outcome->place,
        .level = kind->level,
    };
    outcome__tell(outcome, &key);
    struct sighting sighting = {.process = inquiry->process, .count = count, .age = -1};
    inquiry__add(inquiry, &key, site ? site->kind : LW_KIND_NONE, &sighting);
}

static void look_at_release(struct audit *audit, struct inquiry *inquiry, uint32_t number)
{
    const struct lw_release *release = ledger__release(inquiry->ledger, number);
    uint64_t count =
        release && release->flags & LW_RELEASED_WRITABLE ? ledger__release_count(inquiry->ledger, number) : 0;
    uint32_t stack = count > 0 ? stacks__number(inquiry->stacks, release->stack) : 0;
    if (stack == 0)
        return;
    const struct outcome *outcome = verdicts__of(inquiry->verdicts, stack);
    struct site *site = site_of(audit, outcome);
    site->is_writable = true;
    if (outcome->verdict == VERDICT_IGNORED && !site->has_failed)
        add_release(inquiry, release, outcome, count);
}

void audit__look(struct inquiry *inquiry)
{
    if (inquiry->audit == NULL)
        return;
    note_failures(inquiry->audit, inquiry);
    for (uint32_t i = 1; i < ledger__count(inquiry->ledger, LW_RELEASES); i++)
        look_at_release(inquiry->audit, inquiry, i);
}

struct results audit__results(const struct audit *audit)
{
    struct results results = {0};
    for (const struct site *site = audit->sites; site != NULL; site = site->hh.next)
        if (site->is_writable)
            results__add(&results, site->verdict, 1);
    return results;
}
