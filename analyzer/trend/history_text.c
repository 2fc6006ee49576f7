/* The histories of programs as text: for each, its last runs, the places that leak, by build, and those that stay. */
#include "history_text.h"

#include <stdlib.h>
#include <time.h>

#include "base/heap.h"
#include "base/words.h"
#include "columns.h"
#include "model/call_name.h"

enum { PROGRAMS_SHOWN = 4, RUNS_SHOWN = 6, SITES_SHOWN = 5, BUILDS_SHOWN = 4, PLATEAUS_SHOWN = 3 };
enum { INDENT = 2, BUILD = 7, MOMENT = 32 };

#define SECOND 1e9

struct screen {
    FILE *out;
    const struct trend_options *options;
    int64_t now;
};

static void put(const struct screen *screen, size_t indent, char *text)
{
    for (size_t i = 0; i < indent; i++)
        putc(' ', screen->out);
    columns__wrap(screen->out, text, indent, indent + INDENT, screen->options->width);
    free(text);
}

static void put_cut(const struct screen *screen, char *text)
{
    char *fitting = columns__first(text, screen->options->width);
    fprintf(screen->out, "%s\n", fitting);
    free(fitting);
    free(text);
}

static size_t shown(const struct screen *screen, size_t usual, size_t count)
{
    const struct report_options *options = &screen->options->report;
    size_t top = options->top_is_given ? options->top : usual;
    return top > 0 && top < count ? top : count;
}

static double lived(const struct history_run *run)
{
    return run->seen > run->start ? (double)(run->seen - run->start) / SECOND : 0;
}

static const char *moment_text(char text[MOMENT], int64_t moment)
{
    time_t then = (time_t)(moment / INT64_C(1000000000));
    struct tm parts;
    text[0] = '\0';
    if (localtime_r(&then, &parts) != NULL)
        strftime(text, MOMENT, "%Y-%m-%d %H:%M", &parts);
    return text;
}

/* ---- Runs -------------------------------------------------------------------------------------------------------- */

static void put_run(const struct screen *screen, const struct history *history, const struct history_run *run)
{
    char start[MOMENT], life[WORDS], open[WORDS], peak[WORDS], leaking[WORDS];
    const char *build = history->builds[run->build].name;
    put_cut(screen, heap__printed("  %-16s  %-14s  %7s  %7s  %7s  %-7.*s  %s", moment_text(start, run->start),
                                  words__duration(life, lived(run)), words__number(open, run->open),
                                  words__number(peak, run->peak), words__number(leaking, run->leaking), BUILD,
                                  build[0] != '\0' ? build : "?", run->how));
}

static void put_runs(const struct screen *screen, const struct history *history)
{
    size_t count = shown(screen, RUNS_SHOWN, history->run_count);
    put_cut(screen, heap__printed("  %-16s  %-14s  %7s  %7s  %7s  %-7s  %s", "started", "lived", "open", "peak",
                                  "leaking", "build", "end"));
    for (size_t i = 0; i < count; i++)
        put_run(screen, history, &history->runs[history->run_count - 1 - i]);
    char number[WORDS];
    if (count < history->run_count)
        put_cut(screen, heap__printed("  … and %s before (--top 0 shows all)",
                                      words__number(number, history->run_count - count)));
}

/* ---- Sites ------------------------------------------------------------------------------------------------------- */

static char *label_of(const struct history_site *site)
{
    char written[CALL_NAME];
    return heap__printed("%s%s%s%s%s%s", site->place[0] != '\0' ? site->place : site->fingerprint,
                         site->call[0] != '\0' ? " (" : "",
                         site->call[0] != '\0' ? call_name__written(written, site->call) : "",
                         site->call[0] != '\0' ? ")" : "", site->scope[0] != '\0' ? ", in " : "", site->scope);
}

static void put_part(const struct screen *screen, const struct history_build *build, const struct history_part *part)
{
    char met[WORDS], leaking[WORDS], median[WORDS], most[WORDS], pace[WORDS];
    char *rate = part->rate > 0 ? heap__printed(", %s an hour", words__rate(pace, part->rate)) : heap__copied("");
    put(screen, INDENT,
        heap__printed("%.*s: leaks in %s of the %s %s that came there; %s held, the median, and at most %s%s", BUILD,
                      build->name[0] != '\0' ? build->name : "?", words__number(leaking, part->leaking),
                      words__number(met, part->met), words__plural(part->met, "run", "runs"),
                      words__number(median, part->held_median), words__number(most, part->held_most), rate));
    free(rate);
}

static void put_parts(const struct screen *screen, const struct history *history, const struct history_site *site)
{
    size_t left = shown(screen, BUILDS_SHOWN, history->build_count);
    for (size_t i = history->build_count; i-- > 0 && left > 0;) {
        if (site->parts[i].met == 0)
            continue;
        put_part(screen, &history->builds[i], &site->parts[i]);
        left--;
    }
}

static void put_plateau(const struct screen *screen, size_t indent, const char *label, const struct history_site *site)
{
    char runs[WORDS], height[WORDS];
    put(screen, indent,
        heap__printed("%s stayed below %s in %s %s", label, words__number(height, site->plateau + 1),
                      words__number(runs, site->plateau_runs), words__plural(site->plateau_runs, "run", "runs")));
}

static void put_sites(const struct screen *screen, const struct history *history)
{
    size_t told = 0, plateaus = 0;
    size_t most = shown(screen, SITES_SHOWN, history->site_count);
    size_t most_plateaus = shown(screen, PLATEAUS_SHOWN, history->site_count);
    for (size_t i = 0; i < history->site_count; i++) {
        const struct history_site *site = &history->sites[i];
        char *since = history__since(history, site, screen->now), *label = label_of(site);
        if (since[0] != '\0' && told < most) {
            put(screen, 0, heap__printed("%s %s", label, since));
            put_parts(screen, history, site);
            if (site->plateau > 0)
                put_plateau(screen, INDENT, "it", site);
            told++;
        } else if (since[0] == '\0' && site->plateau > 0 && plateaus < most_plateaus) {
            put_plateau(screen, 0, label, site);
            plateaus++;
        }
        free(since);
        free(label);
    }
    if (told == 0)
        put_cut(screen, heap__copied("no place is known to leak"));
}

/* ---- The whole --------------------------------------------------------------------------------------------------- */

static void put_history(const struct screen *screen, const struct history *history)
{
    char runs[WORDS], builds[WORDS], since[WORDS];
    if (history->run_count == 0) {
        put_cut(screen, heap__printed("%s: no run of it is known", history->program));
        return;
    }
    double span = (double)(screen->now - history->runs[0].start) / SECOND;
    put(screen, 0,
        heap__printed("%s: %s %s of %s %s in %s", history->program, words__number(runs, history->run_count),
                      words__plural(history->run_count, "run", "runs"), words__number(builds, history->build_count),
                      words__plural(history->build_count, "build", "builds"), words__duration(since, span)));
    put_runs(screen, history);
    put_sites(screen, history);
}

void history_text__print(FILE *out, const struct trend *trend, const struct trend_options *options)
{
    const struct screen screen = {.out = out, .options = options, .now = trend->now};
    size_t count = shown(&screen, PROGRAMS_SHOWN, trend->history_count);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 || trend->process_count > 0)
            putc('\n', out);
        put_history(&screen, trend->histories[i]);
    }
    char number[WORDS];
    if (count < trend->history_count)
        put_cut(&screen, heap__printed("\n… and %s more %s (--top 0 shows all)",
                                       words__number(number, trend->history_count - count),
                                       words__plural(trend->history_count - count, "program", "programs")));
}
