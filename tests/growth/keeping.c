/* Pools, batches, sessions: what is kept for a while or for good. caching.c has the caches. */
#include "keeping.h"

#include <math.h>
#include <stdlib.h>

#include "base/heap.h"

/* ---- Pools */

struct member {
    double birth, busy_until; /* birth < 0: there is none */
};

static void leave(struct history *history, uint32_t site, struct member *member, double time)
{
    history__add(history, site, member->birth, time);
    member->birth = -1;
}

static void retire(struct history *history, uint32_t site, const struct pool *pool, struct member *member, double now)
{
    if (member->birth < 0 || member->busy_until > now)
        return;
    if (pool->idle != 0 && now - member->busy_until > pool->idle)
        leave(history, site, member, member->busy_until + pool->idle);
    else if (pool->longest != 0 && now - member->birth > pool->longest)
        leave(history, site, member, now);
}

static struct member *free_one(struct member *members, const struct pool *pool, double now)
{
    for (unsigned i = 0; i < pool->most; i++)
        if (members[i].birth < 0 || members[i].busy_until <= now)
            return &members[i];
    return NULL;
}

void pool__add(struct history *history, uint32_t site, const struct pool *pool)
{
    struct chance arrivals = history__chance(history, 10 * site), fates = history__chance(history, 10 * site + 1);
    struct member *members = heap__zeroed(pool->most, sizeof *members);
    for (unsigned i = 0; i < pool->most; i++)
        members[i].birth = -1;
    double time = 0, looked = 0;
    while ((time = rate__next(&pool->demand.rate, &arrivals, time)) < history->horizon) {
        if (time - looked > fmax(pool->idle, pool->longest) / 20) {
            for (unsigned i = 0; i < pool->most; i++)
                retire(history, site, pool, &members[i], time);
            looked = time;
        }
        struct member *member = free_one(members, pool, time);
        double lived = lifetime__of(&pool->demand.lifetime, &fates);
        if (!member)
            continue; /* it waits, which is not looked at */
        if (member->birth < 0)
            member->birth = time;
        member->busy_until = time + lived;
        if (time >= pool->lost_from && chance__share(&fates) < pool->lost) {
            history__leak(history, site, member->birth, time);
            member->birth = -1;
        }
    }
    for (unsigned i = 0; i < pool->most; i++)
        if (members[i].birth >= 0)
            leave(history, site, &members[i], INFINITY);
    free(members);
}

/* ---- Batches, the start */

static double kept_until(const struct batches *batches, struct chance *chance, double time, double next)
{
    return batches->kept == 0 ? next + batches->takes * chance__share(chance)
                              : time + batches->kept * chance__between(chance, 0.8, 1.2);
}

static double batch_at(const struct batches *batches, struct chance *chance, unsigned number)
{
    return batches->from + batches->period * (number + batches->jitter * chance__between(chance, -0.5, 0.5));
}

void batches__add(struct history *history, uint32_t site, const struct batches *batches)
{
    struct chance chance = history__chance(history, 10 * site);
    double time = fmax(batches->from, 0);
    for (unsigned number = 1; time < history->horizon && (batches->to == 0 || time < batches->to); number++) {
        double next = batch_at(batches, &chance, number);
        unsigned count = batches->least + chance__below(&chance, batches->most - batches->least + 1);
        for (unsigned i = 0; i < count; i++) {
            double birth = time + batches->takes * chance__share(&chance);
            if (chance__share(&chance) < batches->lost)
                history__leak(history, site, birth, birth);
            else
                history__add(history, site, birth, kept_until(batches, &chance, birth, next));
        }
        time = next;
    }
}

void start__add(struct history *history, uint32_t site, unsigned count, double within)
{
    struct chance chance = history__chance(history, 10 * site);
    for (unsigned i = 0; i < count; i++)
        history__add(history, site, within * chance__share(&chance), INFINITY);
    history->plans[site].is_warm_up = true;
}

/* ---- Sessions */

static double storm_after(const struct sessions *sessions, const struct history *history, double time)
{
    if (sessions->storms == 0)
        return INFINITY;
    double turn = floor(time / sessions->storms), storm = 0;
    while (storm <= time) {
        struct chance chance = chance__new(chance__mix(history->seed, (uint64_t)turn));
        storm = (turn + chance__between(&chance, 0.1, 0.9)) * sessions->storms;
        turn += 1;
    }
    return storm;
}

void sessions__add(struct history *history, uint32_t site, const struct sessions *sessions)
{
    struct chance chance = history__chance(history, 10 * site);
    for (unsigned client = 0; client < sessions->clients; client++) {
        double time = sessions->away * chance__between(&chance, 0, 3);
        while (time < history->horizon) {
            double end = time + lifetime__of(&sessions->lifetime, &chance);
            end = fmin(end, storm_after(sessions, history, time));
            if (end < history->horizon && chance__share(&chance) < sessions->lost)
                history__leak(history, site, time, end);
            else
                history__add(history, site, time, end);
            time = end + chance__wait(&chance, sessions->away);
        }
    }
}
