/* Which process is worse than another. */
#include "ranking.h"

#include <string.h>

/* How much of the limit is taken, from 0 to 1 and beyond; 0: there is no limit. */
static double fullness(const struct trend_process *process)
{
    return process->limit > 0 ? (double)process->open / (double)process->limit : 0;
}

bool trend_process__is_full(const struct trend_process *process)
{
    return process->limit > 0 && process->open >= process->limit;
}

bool trend_process__is_told(const struct trend *trend, const struct trend_process *process)
{
    return trend->running > 0 ? process->is_running : process->counts;
}

enum outlook { FULL, FORETOLD, FEARED, OF_ENDED, NO_END_IN_SIGHT = OF_ENDED + OF_ENDED };

/* Whose table is full, or will be, or may be; then the same of those that have ended, where nothing is to be done any more. */
static int outlook(const struct trend_process *process)
{
    if (!trend_process__is_full(process) && !process->forecast.is_given)
        return NO_END_IN_SIGHT;
    int foretold = process->forecast.is_conditional ? FEARED : FORETOLD;
    return (trend_process__is_full(process) ? FULL : foretold) + (process->is_running ? 0 : OF_ENDED);
}

static int compare_numbers(double a, double b)
{
    return a < b ? -1 : a > b;
}

int trend_process__compare(const struct trend_process *a, const struct trend_process *b)
{
    int order = a->process.is_succeeded - b->process.is_succeeded;
    if (order == 0)
        order = outlook(a) - outlook(b);
    if (order == 0 && a->forecast.is_given)
        order = compare_numbers(a->forecast.point, b->forecast.point);
    if (order == 0)
        order = compare_numbers(fullness(b), fullness(a));
    if (order == 0)
        order = compare_numbers((double)b->open, (double)a->open);
    if (order == 0)
        order = strcmp(a->process.name, b->process.name);
    if (order == 0)
        order = strcmp(a->process.host, b->process.host);
    return order != 0 ? order : compare_numbers(a->process.pid, b->process.pid);
}
