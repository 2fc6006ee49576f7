/* Is what a process held at its end a leak, when it had no chance to give it back? */
#include "judgement.h"

enum { GROWN_AT_LEAST = 8, FORGOTTEN_AT_LEAST = 5, FORGOTTEN_LATE_AT_LEAST = 2, RELEASED_BY_HABIT = 10 };

#define NEVER_TOO_OLD UINT64_MAX

uint64_t judgement__usual_lifetime(const struct lw_site_count *count)
{
    uint64_t released = 0, shorter = 0;
    for (unsigned i = 0; i < LW_LIFETIMES; i++)
        released += count->lifetimes[i];
    for (unsigned i = 0; i < LW_LIFETIMES && released > 0; i++) {
        shorter += count->lifetimes[i];
        if (shorter * 100 >= released * 99)
            return i + 1 < LW_LIFETIMES ? 1ULL << (LW_LIFETIME_SHIFT + i) : NEVER_TOO_OLD;
    }
    return NEVER_TOO_OLD;
}

static void work_out(struct holding *holding, const struct ledger *ledger, uint32_t number, const struct life *life)
{
    const struct lw_site *site = ledger__site(ledger, number);
    struct lw_site_count count = ledger__site_count(ledger, number);
    uint64_t usual = judgement__usual_lifetime(&count);
    uint64_t first = site && site->first_time < life->end ? site->first_time : life->start;
    holding->too_old = usual < NEVER_TOO_OLD / 2 ? 2 * usual : NEVER_TOO_OLD;
    holding->middle = first + (life->end > first ? (life->end - first) / 2 : 0);
    uint64_t lived = life->end > first ? life->end - first : 0;
    uint64_t window = holding->too_old < lived ? lived - holding->too_old : 0;
    holding->last_third = first + window / 3 * 2;
}

void holding__add(struct holding *holding, const struct ledger *ledger, const struct lw_slot *slot,
                  const struct life *life)
{
    if (holding->too_old == 0)
        work_out(holding, ledger, slot->site, life);
    uint64_t age = life->end > slot->acquired_time ? life->end - slot->acquired_time : 0;
    holding->held++;
    holding->early += slot->acquired_time <= holding->middle;
    holding->forgotten += age > holding->too_old;
    holding->forgotten_late += age > holding->too_old && slot->acquired_time >= holding->last_third;
}

bool holding__shows_leak(const struct holding *holding, const struct ledger *ledger, uint32_t number,
                         const struct life *life)
{
    const struct lw_site *site = ledger__site(ledger, number);
    if (site == NULL || holding->held == 0)
        return false;
    const struct lw_site_count count = ledger__site_count(ledger, number);
    uint64_t lived = life->end > site->first_time ? life->end - site->first_time : 0;
    uint32_t late = holding->held - holding->early;
    if (lived < JUDGEMENT_TOO_SHORT)
        return count.released == 0 ? holding->held >= GROWN_AT_LEAST
                                   : count.released >= RELEASED_BY_HABIT && site->kind != LW_FD_SOCKET;
    if (count.released < RELEASED_BY_HABIT || count.released * 20 < count.acquired)
        return holding->held >= GROWN_AT_LEAST && 4 * holding->early >= holding->held && 4 * late >= holding->held;
    return holding->forgotten >= FORGOTTEN_AT_LEAST && holding->forgotten_late >= FORGOTTEN_LATE_AT_LEAST;
}
