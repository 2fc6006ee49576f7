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
    return forecast->is_given && !forecast->is_conditional ? forecast->earliest : -1;
}

char *trend_alarm__why(const struct trend *trend, double within)
{
    const struct trend_process *first = NULL;
    size_t others = 0;
    char earliest[WORDS], asked[WORDS], more[64] = "";
    for (size_t i = 0; i < trend->process_count; i++) {
        double time = earliest_of(&trend->processes[i]);
        if (time < 0 || time > within)
            continue;
        others += first != NULL;
        if (first == NULL || time < earliest_of(first))
            first = &trend->processes[i];
    }
    if (first == NULL)
        return NULL;
    if (others > 0)
        snprintf(more, sizeof more, ", and %zu more", others);
    char *who = phrase__who(first), *line;
    if (trend_process__is_full(first))
        line = heap__printed("%s is full%s", who, more);
    else
        line = heap__printed("%s may be full in %s, within the %s of --fail-within%s", who,
                             words__range(earliest, earliest_of(first), earliest_of(first)),
                             words__range(asked, within, within), more);
    free(who);
    return line;
}
