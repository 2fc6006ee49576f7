/* What grows toward another limit than that of descriptors. */
#include "limits.h"

#include <stdlib.h>

#include "base/heap.h"
#include "base/words.h"
#include "phrases.h"
#include "ranking.h"

static const struct other {
    enum lw_class class;
    uint32_t kind; /* whose limit it is */
    const char *many;
} others[] = {
    {LW_CLASS_THREAD, LW_THREAD, "threads"},
    {LW_CLASS_CHILD, LW_CHILD, "child processes"},
    {LW_CLASS_LOCK, LW_MUTEX, "locks, conditions and semaphores"},
};

enum { OTHERS = sizeof others / sizeof others[0] };

/* Of one process. */
struct growing {
    uint64_t held;
    double rate; /* an hour */
};

static void add_shares(const struct trend *trend, const struct trend_site *site, struct growing *all)
{
    for (size_t i = 0; i < site->share_count; i++) {
        const struct trend_share *share = &site->shares[i];
        if (share->verdict < GROWTH_SUSPECT || !trend_process__is_told(trend, &trend->processes[share->process]))
            continue;
        all[share->process].held += share->held;
        all[share->process].rate += share->rate;
    }
}

static const struct growth_forecast *forecast_of(const struct trend_process *process, enum lw_class class)
{
    return class == LW_CLASS_THREAD ? &process->threads : class == LW_CLASS_CHILD ? &process->children : NULL;
}

/* ": 32,750 threads are reached in …", where that is foretold. */
static char *end_text(const struct trend_process *process, const struct other *other)
{
    const struct growth_forecast *forecast = forecast_of(process, other->class);
    if (forecast == NULL || !forecast->is_given)
        return heap__copied("");
    char *sentence = growth__forecast_sentence(forecast, growth__limit(other->kind, 0), other->many);
    char *text = heap__printed("; %s", sentence);
    free(sentence);
    return text;
}

static char *line_of(const struct trend *trend, uint32_t process, const struct growing *growing,
                     const struct other *other)
{
    char held[WORDS];
    char *rate = phrase__rate(growing->rate), *end = end_text(&trend->processes[process], other);
    char *who = trend->own_count > 1 ? phrase__who(&trend->processes[process]) : NULL;
    char *line = heap__printed("%s%s%s %s are kept, %s more an hour%s", who != NULL ? who : "", who != NULL ? ": " : "",
                               words__number(held, growing->held), other->many, rate, end);
    free(rate);
    free(end);
    free(who);
    return line;
}

/* Of many processes, the one that keeps most. */
static char *line_about(const struct trend *trend, const struct other *other)
{
    struct growing *all = heap__zeroed(trend->process_count, sizeof(*all));
    uint32_t most = 0;
    for (size_t i = 0; i < trend->site_count; i++)
        if (lw_class(trend->sites[i].kind) == other->class)
            add_shares(trend, &trend->sites[i], all);
    for (uint32_t i = 1; i < trend->process_count; i++)
        if (all[i].held > all[most].held)
            most = i;
    char *line = trend->process_count > 0 && all[most].held > 0 ? line_of(trend, most, &all[most], other) : NULL;
    free(all);
    return line;
}

char *trend_limits__line(const struct trend *trend, size_t at)
{
    for (size_t i = 0; i < OTHERS; i++) {
        char *line = line_about(trend, &others[i]);
        if (line != NULL && at-- == 0)
            return line;
        free(line);
    }
    return NULL;
}
