/* When to look, and what is seen then. */
#include "look.h"

#include <err.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

static const double shares[] = {0.05, 0.25, 0.5, 1};

/* Between this loss and the next: moments of losses are none at which anybody looks. */
static double after_loss(struct history *history, size_t number, double end)
{
    double here = history__leaked(history, number), next = history__leaked(history, number + 1);
    return chance__between(&history->chance, here, next < end ? next : end);
}

static unsigned times_of_leak(struct history *history, double *times, enum way *ways)
{
    double end = history->has_no_hit ? 0.999 * fmin(history->horizon, history->stops) : history->hit;
    size_t lost = history__leaked_before(history, end);
    unsigned count = 0;
    double begin = history__leaked(history, 1);
    if (begin > 0.1 * end) {
        ways[count] = ASIDE;
        times[count++] = begin * chance__between(&history->chance, 0.3, 0.9);
    }
    for (enum way way = A_TWENTIETH; way <= ALL; way++) {
        size_t number = (size_t)ceil(shares[way] * (double)lost);
        ways[count] = way;
        times[count++] = way == ALL ? end : after_loss(history, number, end);
    }
    for (unsigned times_over = 2; times_over * history->stops <= history->horizon; times_over++) {
        if (count == LOOKS)
            break;
        ways[count] = ASIDE;
        times[count++] = times_over * history->stops * 0.999;
    }
    return count;
}

static unsigned times_of_no_leak(const struct history *history, double *times, enum way *ways)
{
    for (enum way way = A_TWENTIETH; way <= ALL; way++) {
        ways[way] = way;
        times[way] = 0.999 * shares[way] * history->horizon;
    }
    return ALL + 1;
}

static bool has_outlived(const struct history *history, uint32_t site, double time)
{
    double begin = INFINITY, longest = 0;
    for (size_t i = 0; i < history->count; i++) {
        const struct resource *resource = &history->resources[i];
        if (resource->site != site)
            continue;
        begin = fmin(begin, resource->lost);
        if (resource->death <= time)
            longest = fmax(longest, resource->death - resource->birth);
    }
    return longest > 0 && time - begin > longest;
}

static void judge(struct look *look, const struct history *history, const struct books *books,
                  const struct growth *growth)
{
    for (uint32_t i = 0; i < history->sites; i++) {
        const struct growth_judgement *judgement = growth__judgement(growth, look__number(books, i));
        look->site[i] = (struct look_site){
            .leaks = history__leaks_at(history, i, look->time),
            .is_warm_up = history->plans[i].is_warm_up,
            .verdict = judgement ? judgement->verdict : GROWTH_STEADY,
            .reason = judgement ? judgement->reason : GROWTH_NOTHING_HELD,
        };
        look->site[i].has_outlived = look->site[i].leaks && has_outlived(history, i, look->time);
    }
    look->sites = history->sites;
    look->forecast = growth->forecast;
}

static void see(void *context, const struct history *history, const struct books *books, unsigned number)
{
    struct look *look = (struct look *)context + number;
    char path[] = "/tmp/leakwatch-history.XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0)
        err(99, "%s", path);
    close(fd);
    look__write(history, books, path);
    struct ledger *ledger = NULL;
    struct ledger_error error = {.text = ""};
    if (ledger__open(&ledger, path, &error) != 0)
        errx(99, "%s", error.text);
    unlink(path);
    if (ledger__damaged(ledger) != 0)
        errx(99, "a made ledger is damaged");
    struct growth *growth = growth__of(ledger, books->now, history->limit);
    judge(look, history, books, growth);
    growth__free(growth);
    ledger__close(ledger);
}

unsigned look__all(struct history *history, struct look *looks)
{
    double times[LOOKS];
    enum way ways[LOOKS];
    unsigned count = history->is_leak ? times_of_leak(history, times, ways) : times_of_no_leak(history, times, ways);
    double hit = history->hit;
    for (unsigned i = 0; i < count; i++)
        looks[i] = (struct look){.way = ways[i], .time = times[i], .left = hit - times[i]};
    history__walk(history, times, count, see, looks);
    return count;
}
