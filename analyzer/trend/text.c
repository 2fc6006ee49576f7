/* The trend as text: one screen. One process: who it is, how many are open, when that is too many, its life in a row of
 * characters; many: by program, and the worst of them. Then the sites, the worst first, and why they are what is said. */
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/heap.h"
#include "base/words.h"
#include "columns.h"
#include "format.h"
#include "history_text.h"
#include "limits.h"
#include "phrases.h"
#include "ranking.h"
#include "reports/text/page.h"
#include "site_table.h"
#include "sparkline.h"

enum { PROGRAMS_SHOWN = 6, PROCESSES_SHOWN = 5, SITES_SHOWN = 8, SENTENCES_SHOWN = 3 };
enum { INDENT = 2, SPARKLINE = 50, BESIDE_SPARKLINE = 30, FAIR_WIDTH = 70 };

struct screen {
    FILE *out;
    const struct trend *trend;
    const struct trend_options *options;
    struct page page;
};

static void put_wrapped(const struct screen *screen, char *text)
{
    columns__wrap(screen->out, text, 0, INDENT, screen->options->width);
    free(text);
}

static void put_cut(const struct screen *screen, char *text)
{
    char *fitting = columns__first(text, screen->options->width);
    fprintf(screen->out, "%s\n", fitting);
    free(fitting);
    free(text);
}

static void put_head(const struct screen *screen, char *line)
{
    page__ink(&screen->page, INK_FAINT);
    put_cut(screen, line);
    page__ink(&screen->page, INK_PLAIN);
}

static void put_inked(const struct screen *screen, enum ink ink, char *text)
{
    page__ink(&screen->page, ink);
    put_wrapped(screen, text);
    page__ink(&screen->page, INK_PLAIN);
}

static enum ink ink_of(const struct trend_process *process)
{
    return process->leaking > 0 ? INK_ERROR : process->suspect > 0 ? INK_WARNING : INK_PLAIN;
}

/* What --top says, or else the usual number. */
static size_t shown(const struct screen *screen, size_t usual, size_t count)
{
    const struct report_options *options = &screen->options->report;
    size_t top = options->top_is_given ? options->top : usual;
    return top > 0 && top < count ? top : count;
}

static void put_left_out(const struct screen *screen, size_t count, const char *one, const char *many)
{
    char number[WORDS];
    if (count > 0)
        put_cut(screen, heap__printed("… and %s more %s (--top 0 shows all)", words__number(number, count),
                                      words__plural(count, one, many)));
}

/* ---- One process ------------------------------------------------------------------------------------------------- */

static void put_sparkline(const struct screen *screen, const struct trend_process *process)
{
    char number[WORDS], lived[WORDS];
    uint64_t most;
    size_t width = screen->options->width;
    size_t columns = width < SPARKLINE + BESIDE_SPARKLINE ? width / 2 : SPARKLINE;
    char *line = sparkline__of(process, columns, screen->options->is_utf8, &most);
    if (line == NULL)
        return;
    put_cut(screen, heap__printed("%s 0 to %s in %s", line, words__number(number, most),
                                  words__duration(lived, process->lived)));
    free(line);
}

static void put_process(const struct screen *screen, const struct trend_process *process)
{
    char *who = phrase__who(process), *life = phrase__life(process), *caveat = phrase__caveat(process);
    put_inked(screen, INK_STRONG, heap__printed("%s, %s", who, life));
    put_wrapped(screen, phrase__open(process));
    put_inked(screen, ink_of(process), phrase__forecast(process));
    char *lost = phrase__lost(process);
    if (lost != NULL)
        put_inked(screen, INK_WARNING, lost);
    if (caveat != NULL)
        put_wrapped(screen, caveat);
    put_sparkline(screen, process);
    free(who);
    free(life);
}

/* ---- Many -------------------------------------------------------------------------------------------------------- */

/* Texts are of one pool. A process that must not ask for its host's name, under a seccomp filter, is of one of the others'. */
static size_t count_hosts(const struct trend *trend)
{
    size_t count = 0;
    for (size_t i = 0; i < trend->process_count; i++) {
        size_t before = 0;
        while (before < i && trend->processes[before].process.host != trend->processes[i].process.host)
            before++;
        count += before == i && trend->processes[i].process.host[0] != '\0';
    }
    return count > 0 ? count : 1;
}

/* Dead ones are not added to living ones. */
static const char *whose_sums(const struct trend *trend)
{
    if (trend->running == 0)
        return ": numbers are those at their ends";
    return trend->running == trend->own_count ? ""
           : trend->running == 1              ? ", and numbers are its own"
                                              : ", and numbers are theirs";
}

static void put_crowd(const struct screen *screen)
{
    const struct trend *trend = screen->trend;
    char processes[WORDS], programs[WORDS], number[WORDS], hosts[WORDS];
    size_t running = trend->running, host_count = count_hosts(trend);
    put_inked(screen, INK_STRONG,
              heap__printed("%s processes of %s %s on %s %s; %s still %s%s", words__number(processes, trend->own_count),
                            words__number(programs, trend->program_count),
                            words__plural(trend->program_count, "program", "programs"),
                            words__number(hosts, host_count), words__plural(host_count, "host", "hosts"),
                            running > 0 ? words__number(number, running) : "none",
                            words__plural(running, "runs", "run"), whose_sums(trend)));
}

enum { NUMBERS = 4 };

/* Where there is little room, what may be missed goes first. */
static char *program_line(const struct screen *screen, const char *const numbers[NUMBERS], const char *outlook,
                          const char *name)
{
    if (screen->options->width < FAIR_WIDTH)
        return heap__printed("%9s  %-17s  %s", numbers[0], outlook, name);
    return heap__printed("%9s  %7s  %7s  %9s  %-17s  %s", numbers[0], numbers[1], numbers[2], numbers[3], outlook,
                         name);
}

static void put_program(const struct screen *screen, const struct trend_program *program)
{
    char texts[NUMBERS][WORDS];
    const char *const numbers[NUMBERS] = {
        words__number(texts[0], program->processes), words__number(texts[1], program->running),
        words__number(texts[2], program->leaking), words__number(texts[3], program->open)};
    char *own = escape__new(program->name, strlen(program->name));
    bool is_ended = program->running == 0 && screen->trend->running > 0;
    char *name = heap__printed("%s%s", is_ended ? "ended: " : "", own);
    char *outlook = phrase__outlook(&screen->trend->processes[program->worst]);
    put_cut(screen, program_line(screen, numbers, outlook, name));
    free(outlook);
    free(name);
    free(own);
}

static void put_programs(const struct screen *screen)
{
    static const char *const titles[NUMBERS] = {"processes", "running", "leaking", "open"};
    const struct trend *trend = screen->trend;
    size_t count = shown(screen, PROGRAMS_SHOWN, trend->program_count);
    put_head(screen, program_line(screen, titles, "first full in", "program"));
    for (size_t i = 0; i < count; i++)
        put_program(screen, &trend->programs[i]);
    put_left_out(screen, trend->program_count - count, "program", "programs");
}

static bool is_feared(const struct trend_process *process)
{
    return process->forecast.is_given || trend_process__is_full(process);
}

static void put_line(const struct screen *screen, const struct trend_process *process)
{
    char point[WORDS], open[WORDS], limit[WORDS];
    char *who = phrase__who(process), *outlook = phrase__outlook(process);
    bool is_foretold = process->forecast.is_given && !trend_process__is_full(process);
    const char *likely = is_foretold ? words__range(point, process->forecast.point, process->forecast.point) : "now";
    page__ink(&screen->page, ink_of(process));
    put_cut(screen, heap__printed("%-17s  %11s  %9s  %9s  %s%s", outlook, likely, words__number(open, process->open),
                                  words__number(limit, process->limit), process->is_running ? "" : "ended: ", who));
    page__ink(&screen->page, INK_PLAIN);
    free(who);
    free(outlook);
}

/* Of the worst, a line each; of those of whom nothing is feared none. */
static void put_worst(const struct screen *screen)
{
    const struct trend *trend = screen->trend;
    size_t feared = 0;
    while (feared < trend->own_count && is_feared(&trend->processes[feared]))
        feared++;
    size_t count = shown(screen, PROCESSES_SHOWN, feared);
    if (count > 0) {
        putc('\n', screen->out);
        put_head(screen,
                 heap__printed("%-17s  %11s  %9s  %9s  %s", "full in", "most likely", "open", "limit", "process"));
    }
    for (size_t i = 0; i < count; i++)
        put_line(screen, &trend->processes[i]);
    put_left_out(screen, feared - count, "process that may be full", "processes that may be full");
}

/* ---- Sites ------------------------------------------------------------------------------------------------------- */

static void put_sentence(const struct screen *screen, const struct trend_site *site)
{
    char *label = site_table__label(site, &screen->options->report, screen->options->width * 3 / 4);
    char *sentence = escape__new(site->sentence, strlen(site->sentence)), *who = NULL;
    bool is_marked = site->is_ended && screen->trend->running > 0;
    if (screen->trend->own_count > 1)
        who = phrase__who(&screen->trend->processes[site->sentence_of]);
    put_wrapped(screen, heap__printed("%s: %s%s%s%s", label, is_marked ? "ended: " : "", who != NULL ? who : "",
                                      who != NULL ? ": " : "", sentence));
    free(who);
    free(label);
    free(sentence);
}

static size_t count_holding(const struct trend *trend)
{
    size_t count = 0;
    while (count < trend->site_count && trend->sites[count].held > 0)
        count++;
    return count;
}

static void put_sites(const struct screen *screen)
{
    const struct trend *trend = screen->trend;
    size_t holding = count_holding(trend), count = shown(screen, SITES_SHOWN, holding), told = 0, doubtful = 0;
    if (holding == 0) {
        put_cut(screen, heap__copied("nothing that was taken is held"));
        return;
    }
    putc('\n', screen->out);
    site_table__put(&screen->page, trend, screen->options, count);
    put_left_out(screen, holding - count, "site", "sites");
    while (doubtful < count && trend->sites[doubtful].verdict >= GROWTH_SUSPECT)
        doubtful++;
    if (doubtful > 0)
        putc('\n', screen->out);
    for (size_t most = shown(screen, SENTENCES_SHOWN, doubtful); told < most; told++)
        if (trend->sites[told].sentence != NULL)
            put_sentence(screen, &trend->sites[told]);
}

static void put_others(const struct screen *screen)
{
    uint64_t others = 0;
    char number[WORDS];
    for (size_t i = 0; i < screen->trend->process_count; i++)
        if (trend_process__is_told(screen->trend, &screen->trend->processes[i]))
            others += screen->trend->processes[i].others;
    if (others > 0)
        put_wrapped(screen, heap__printed("%s open that no site took: inherited, duplicated, or taken unseen",
                                          words__number(number, others)));
}

static void put_limits(const struct screen *screen)
{
    char *line;
    for (size_t i = 0; (line = trend_limits__line(screen->trend, i)) != NULL; i++)
        put_wrapped(screen, line);
}

/* Of many, all together: one says it of itself. */
static void put_lost(const struct screen *screen)
{
    struct trend_process all = {.is_running = true};
    for (size_t i = 0; i < screen->trend->process_count; i++)
        all.process.lost += screen->trend->processes[i].process.lost;
    char *lost = phrase__lost(&all);
    if (lost != NULL && screen->trend->own_count > 1)
        put_inked(screen, INK_WARNING, heap__copied(lost));
    free(lost);
}

static void put_missing(const struct screen *screen)
{
    const struct trend *trend = screen->trend;
    char number[WORDS];
    if (trend->unread_count > 0)
        put_wrapped(screen, heap__printed("%s %s could not be read, and %s not in here",
                                          words__number(number, trend->unread_count),
                                          words__plural(trend->unread_count, "ledger", "ledgers"),
                                          words__plural(trend->unread_count, "is", "are")));
    if (trend->skipped > 0)
        put_wrapped(screen,
                    heap__printed("%s %s not looked at (--skip-exe, --program)", words__number(number, trend->skipped),
                                  words__plural(trend->skipped, "process was", "processes were")));
}

void trend_text__print(FILE *out, const struct trend *trend, const struct trend_options *options)
{
    struct screen screen = {.out = out, .trend = trend, .options = options};
    screen.page = (struct page){.out = out, .options = &options->report};
    if (trend->own_count == 1) {
        put_process(&screen, &trend->processes[0]);
    } else if (trend->own_count > 1) {
        put_crowd(&screen);
        put_programs(&screen);
        put_worst(&screen);
    } else if (trend->history_count == 0) {
        put_cut(&screen, heap__copied("no process to look at"));
    }
    if (trend->process_count > 0)
        put_sites(&screen);
    put_limits(&screen);
    put_others(&screen);
    put_lost(&screen);
    put_missing(&screen);
    history_text__print(out, trend, options);
}
