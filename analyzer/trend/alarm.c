/* Will a table be full too soon? */
#include "alarm.h"

#include <stdlib.h>

#include "base/heap.h"
#include "base/words.h"
#include "phrases.h"
#include "ranking.h"

/* Of what is merely suspect nobody is woken. */
static double earliest_of(const struct trend_process *process)
{
    const struct growth_forecast *forecast = &process->forecast;
    if (trend_process__is_full(process))
        return 0;
    return forecast->is_given && !forecast->is_conditional ? forecast->earliest : -1; // NOLINT: it is there
}

/* Who has ended fills no table any more: of a service nobody is woken for that, while others run. Where none does, it is a
 * test that is looked at. */
static bool counts(const struct trend *trend, const struct trend_process *process)
{
    return trend->running > 0 ? process->is_running : !process->process.is_succeeded;
}

/* Of those within, the one that may be full first; NULL: there is none. */
static const struct trend_process *first_of(const struct trend *trend, double within, size_t *count)
{
    const struct trend_process *first = NULL;
    double earliest = within;
    *count = 0;
    for (size_t i = 0; i < trend->process_count; i++) {
        double time = earliest_of(&trend->processes[i]);
        if (time < 0 || time > within || !counts(trend, &trend->processes[i]))
            continue;
        if (first == NULL || time < earliest) {
            first = &trend->processes[i];
            earliest = time;
        }
        (*count)++;
    }
    return first;
}

char *trend_alarm__why(const struct trend *trend, double within)
{
    char earliest[WORDS], asked[WORDS], more[64] = "";
    size_t count;
    const struct trend_process *first = first_of(trend, within, &count);
    if (first == NULL)
        return NULL;
    if (count > 1)
        snprintf(more, sizeof more, ", and %zu more", count - 1);
    char *who = phrase__who(first), *line;
    double time = earliest_of(first);
    if (trend_process__is_full(first))
        line = heap__printed("%s %s full%s", who, first->is_running ? "is" : "was", more);
    else
        line = heap__printed("%s %s %s, within the %s of --fail-within%s", who,
                             first->is_running ? "may be full in" : "has ended, and might have been full after",
                             words__range(earliest, time, time), words__range(asked, within, within), more);
    free(who);
    return line;
}
