/* Histories of families, and what families have in common. */
#include "families.h"

#include <err.h>
#include <inttypes.h>
#include <math.h>

enum { FOR_LIFE_MOST = 9, DOUBLED_MOST = 5, LIVES_LEAST = 50 /* a process lives so much longer than what it serves */ };

static const uint32_t limits[] = {64, 128, 256, 256, 512, 1024, 1024, 1024, 1024, 2048, 4096};

void base__add(struct history *history)
{
    uint32_t site = history__site(history, "open", LW_FD_FILE);
    unsigned count = 2 + chance__below(&history->chance, FOR_LIFE_MOST - 1);
    start__add(history, site, count, history->life * chance__scale(&history->chance, 1e-6, 1e-3));
}

unsigned base__number(const struct history *history, double share)
{
    double number = share * history->limit;
    return number < 1 ? 1 : (unsigned)number;
}

struct requests base__requests(struct history *history, double share)
{
    double held = fmax(share * history->limit, 0.5);
    double count = fmax(chance__scale(&history->chance, 8e3, 5e4), LIVES_LEAST * held);
    double mean = held * history->life / count;
    struct requests requests = {.rate = {.mean = count / history->life, .period = DAY, .seed = history->seed},
                                .lifetime = lifetime__any(&history->chance, mean)};
    return requests;
}

struct requests base__any_requests(struct history *history, double most)
{
    return base__requests(history, chance__scale(&history->chance, 0.003, most));
}

double base__beside(struct history *history, const struct rate *like, double most)
{
    static const struct {
        const char *call;
        enum lw_kind kind;
    } calls[] = {{"socket", LW_FD_SOCKET}, {"openat", LW_FD_FILE}, {"fopen", LW_STREAM_FILE}};
    double load = 0;
    for (unsigned i = chance__below(&history->chance, 3); i > 0; i--) {
        uint32_t site = history__site(history, calls[i].call, calls[i].kind);
        double share = chance__scale(&history->chance, 0.003, most / 2);
        struct requests requests = base__requests(history, share);
        double mean = requests.rate.mean;
        requests.rate = *like;
        requests.rate.mean = mean;
        requests__add(history, site, &requests);
        load += share;
    }
    return load;
}

double base__forgetting(const struct history *history, const struct requests *requests, double load)
{
    double room = history->limit * (1 - 1.3 * load) - FOR_LIFE_MOST / 2.0 - 3;
    room = fmax(room, 0.1 * history->limit);
    double share = room / (requests->rate.mean * history->life);
    return share < 0.9 ? share : 0.9;
}

static double life_of(const struct family *family, struct chance *chance, unsigned quarter)
{
    double step = pow(family->longest / family->shortest, 0.25), low = family->shortest * pow(step, quarter);
    return chance__scale(chance, low, low * step);
}

static void make(struct history *history, const struct family *family, unsigned quarter, double beyond)
{
    history__clear(history);
    history->chance = chance__new(history->seed);
    history->life = life_of(family, &history->chance, quarter);
    history->horizon = history->life * beyond;
    history->limit = limits[chance__below(&history->chance, sizeof limits / sizeof limits[0])];
    base__add(history);
    family->make(history);
}

/* Those that never reach the limit have one that leaves room: some hardly any. */
static void give_room(struct history *history)
{
    double room = chance__scale(&history->chance, 1.2, 8);
    history->limit = UINT32_MAX;
    history__walk(history, NULL, 0, NULL, NULL);
    double limit = fmax((double)history->peak * room, 64);
    history->limit = (uint32_t)limit;
    history__walk(history, NULL, 0, NULL, NULL);
}

struct history family__history(const struct family *family, bool is_leak, uint64_t seed, unsigned quarter)
{
    struct history history = {
        .family = family->name, .seed = seed, .is_leak = is_leak, .has_no_hit = family->has_no_hit};
    if (!is_leak || family->has_no_hit) {
        make(&history, family, quarter, 1);
        give_room(&history);
        return history;
    }
    for (unsigned doubled = 0; doubled < DOUBLED_MOST; doubled++) {
        make(&history, family, quarter, 1.4 * (1U << doubled));
        history__walk(&history, NULL, 0, NULL, NULL);
        if (isfinite(history.hit))
            return history;
    }
    errx(99, "%s, seed %" PRIu64 ": it never reaches the limit", family->name, seed);
}
