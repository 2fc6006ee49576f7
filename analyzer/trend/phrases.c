/* What is said of a process and of a site, in formats that are for people. */
#include "phrases.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/escape.h"
#include "base/heap.h"
#include "base/words.h"
#include "model/call_name.h"
#include "ranking.h"
#include "reports/text/page.h"
#include "symbol/stack.h"

enum { MOMENT = 64, HUNDRED = 100 };

static char *escaped(const char *text)
{
    return escape__new(text, strlen(text));
}

char *phrase__who(const struct trend_process *process)
{
    char *name = escaped(process->process.name), *host = escaped(process->process.host);
    char *text =
        heap__printed("%s (pid %" PRIu32 ")%s%s", name, process->process.pid, host[0] != '\0' ? " on " : "", host);
    free(name);
    free(host);
    return text;
}

char *phrase__life(const struct trend_process *process)
{
    char lived[WORDS], end[WORDS];
    words__duration(lived, process->lived);
    if (process->is_running)
        return heap__printed("running for %s", lived);
    return heap__printed("%s after %s", words__end(end, process->process.how, process->process.status), lived);
}

static char *limit_text(const struct trend_process *process)
{
    char number[WORDS], when[WORDS], after[WORDS + 16] = "";
    if (process->first_limit == 0 || process->first_limit == process->limit)
        return heap__copied("");
    if (process->limit_changed >= 0)
        snprintf(after, sizeof after, " after %s", words__duration(when, process->limit_changed));
    return heap__printed(", limit %s from %s%s", process->first_limit < process->limit ? "raised" : "lowered",
                         words__number(number, process->first_limit), after);
}

char *phrase__open(const struct trend_process *process)
{
    char open[WORDS], limit[WORDS], peak[WORDS];
    char *changed = limit_text(process);
    char *text =
        heap__printed("open %s %s%s%s%s (peak %s)%s", process->is_running ? "now" : "at the end",
                      process->is_open_at_least ? "at least " : "", words__number(open, process->open),
                      process->limit > 0 ? " of " : "", process->limit > 0 ? words__number(limit, process->limit) : "",
                      words__number(peak, process->process.peak_open), changed);
    free(changed);
    return text;
}

char *phrase__lost(const struct trend_process *process)
{
    char number[WORDS];
    uint64_t lost = process->process.lost;
    if (lost == 0)
        return NULL;
    return heap__printed("%s %s found no room in the ledger and %s not counted: is the disk full?",
                         words__number(number, lost), words__plural(lost, "resource", "resources"),
                         words__plural(lost, "is", "are"));
}

/* Of a process that runs: when that is, on the clock. */
static const char *clock_text(char text[MOMENT], const struct trend_process *process)
{
    time_t then = (time_t)(process->process.start + process->lived + process->forecast.point);
    struct tm parts;
    text[0] = '\0';
    if (process->is_running && process->forecast.point < 300 * 86400.0 && localtime_r(&then, &parts) != NULL)
        strftime(text, MOMENT, " (%a %d %b %H:%M)", &parts);
    return text;
}

/* What leaks slowly is not told as if nothing leaked: the pace is known, though not whether it lasts. */
static char *no_forecast(const struct trend_process *process)
{
    const struct growth_forecast *forecast = &process->forecast;
    char point[WORDS];
    if (isfinite(forecast->point))
        return heap__printed(
            "%sat this pace full %s %s%s (too early to be sure)",
            forecast->is_conditional ? "if what is suspect goes on: " : "", process->is_running ? "in about" : "about",
            words__range(point, forecast->point, forecast->point), process->is_running ? "" : " after its end");
    if (process->process.lost > 0)
        return heap__copied("nothing is foretold: not all that it takes finds room in the ledger");
    return heap__printed("no end %s: %s", process->is_running ? "in sight" : "was in sight", forecast->why_not);
}

char *phrase__forecast(const struct trend_process *process)
{
    const struct growth_forecast *forecast = &process->forecast;
    char range[WORDS], point[WORDS], when[MOMENT];
    if (trend_process__is_full(process))
        return heap__printed("full %s", process->is_running ? "now" : "when it ended");
    if (!forecast->is_given)
        return no_forecast(process);
    return heap__printed(
        "%s%s %s%s, most likely %s%s%s", forecast->is_conditional ? "if what is suspect goes on: " : "",
        process->is_running ? "full in" : "it would have been full",
        words__range(range, forecast->earliest, forecast->latest), process->is_running ? "" : " after its end",
        words__range(point, forecast->point, forecast->point), clock_text(when, process),
        isfinite(forecast->latest) ? "" : ", perhaps never");
}

char *phrase__outlook(const struct trend_process *process)
{
    char range[WORDS];
    if (trend_process__is_full(process))
        return heap__copied("full");
    if (!process->forecast.is_given)
        return heap__copied("-");
    return heap__printed("%s%s", process->forecast.is_conditional ? "perhaps " : "",
                         words__range(range, process->forecast.earliest, process->forecast.latest));
}

char *phrase__caveat(const struct trend_process *process)
{
    if (!process->forecast.is_given || !process->forecast.is_young)
        return NULL;
    return heap__copied("less than a day seen: the daily cycle is not known");
}

enum ink phrase__ink(enum growth_verdict verdict)
{
    static const enum ink inks[] = {
        [GROWTH_STEADY] = INK_PLAIN,    [GROWTH_LOAD] = INK_PLAIN,    [GROWTH_FOR_LIFE] = INK_PLAIN,
        [GROWTH_SUSPECT] = INK_WARNING, [GROWTH_LEAKING] = INK_ERROR,
    };
    return inks[verdict];
}

char *phrase__rate(double in_an_hour)
{
    char text[WORDS];
    return heap__copied(in_an_hour > 0 ? words__rate(text, in_an_hour) : "-");
}

char *phrase__verdict(const struct trend *trend, const struct trend_site *site)
{
    bool is_marked = site->is_ended && trend->running > 0;
    return heap__printed("%s%s", growth__verdict_name(site->verdict), is_marked ? " (ended)" : "");
}

char *phrase__share(const struct trend *trend, const struct trend_site *site)
{
    uint64_t open = 0;
    for (size_t i = 0; i < trend->program_count; i++)
        open += (trend->programs[i].running == 0) == site->is_ended ? trend->programs[i].open : 0;
    if (site->descriptors == 0 || open == 0)
        return heap__copied("-");
    double share = (double)site->descriptors / (double)open * HUNDRED;
    return share < 1 ? heap__copied("<1%") : heap__printed("%.0f%%", share);
}

static char *place_text(const struct frame *frame, const struct report_options *options)
{
    struct page page = {.options = options};
    char *text;
    size_t length;
    if (frame == NULL)
        return NULL;
    page.out = open_memstream(&text, &length);
    if (page.out == NULL)
        heap__ran_out();
    page__place(&page, frame);
    if (fclose(page.out) != 0)
        heap__ran_out();
    return text;
}

char *phrase__place(const struct trend_site *site, const struct report_options *options)
{
    return place_text(stack__user_frame(site->stack), options);
}

char *phrase__caller(const struct trend_site *site, const struct report_options *options)
{
    char *place = place_text(site->caller, options);
    if (place == NULL)
        return NULL;
    char *function = site->caller->function != NULL ? escaped(site->caller->function) : NULL;
    char *text = heap__printed("from %s%s%s", function != NULL ? function : "", function != NULL ? " " : "", place);
    free(function);
    free(place);
    return text;
}

char *phrase__function(const struct trend_site *site)
{
    const struct frame *frame = stack__user_frame(site->stack);
    return frame != NULL && frame->function != NULL ? escaped(frame->function) : NULL;
}

char *phrase__call(const struct trend_site *site)
{
    char written[CALL_NAME];
    return site->call != NULL ? escaped(call_name__written(written, site->call)) : NULL;
}
