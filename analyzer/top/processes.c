/* Processes: how full their tables of descriptors are, and when they will be. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/words.h"
#include "findings/life.h"
#include "ledger/read.h"
#include "trend/phrases.h"
#include "trend/ranking.h"
#include "trend/sparkline.h"
#include "views.h"

enum { PID, PROGRAM, OPEN, LIMIT, USED, FULL, VERDICT, AGE, ACQUIRED, RELEASED, FAILED, SWALLOWED, HOST };
enum { BAR = 10, EIGHTHS = 8, LISTED_SITES = 20 };
#define NANOSECONDS 1e9
#define SAME_START 1e-3 /* seconds */
#define ALARMING 0.9
#define WORRYING 0.7

static const struct top_column columns[] = {
    [PID] = {"pid", "PID", 7, 34, TOP_NUMBER, false},
    [PROGRAM] = {"program", "PROGRAM", 8, 0, TOP_TEXT, true},
    [OPEN] = {"open", "OPEN", 5, 0, TOP_NUMBER, false},
    [LIMIT] = {"limit", "LIMIT", 6, 60, TOP_NUMBER, false},
    [USED] = {"used", "USED", BAR + 5, 72, TOP_DEGREE, false},
    [FULL] = {"full", "FULL IN", 10, 50, TOP_NUMBER, false},
    [VERDICT] = {"verdict", "VERDICT", 8, 0, TOP_DEGREE, false},
    [AGE] = {"age", "AGE", 7, 80, TOP_NUMBER, false},
    [ACQUIRED] = {"acquired", "TAKEN", 8, 100, TOP_NUMBER, false},
    [RELEASED] = {"released", "GIVEN BACK", 8, 112, TOP_NUMBER, false},
    [FAILED] = {"failed", "FAILED", 7, 124, TOP_NUMBER, false},
    [SWALLOWED] = {"swallowed", "UNSEEN", 7, 132, TOP_NUMBER, false},
    [HOST] = {"host", "HOST", 10, 144, TOP_TEXT, false},
    {NULL, NULL, 0, 0, TOP_TEXT, false},
};

/* How much of the table is used, 0 to 1. */
static double used(const struct trend_process *process)
{
    double share = process->limit > 0 ? (double)process->open / (double)process->limit : 0;
    return share > 1 ? 1 : share;
}

/* "████▌      45%" */
static char *bar(double share, bool is_utf8)
{
    static const char *const parts[EIGHTHS] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    char text[BAR * sizeof "█" + sizeof "▉"] = "";
    size_t eighths = (size_t)(share * BAR * EIGHTHS), drawn = 0;
    for (; drawn < eighths / EIGHTHS; drawn++)
        strcat(text, is_utf8 ? "█" : "#");
    const char *part = is_utf8 ? parts[eighths % EIGHTHS] : "";
    int left = (int)(BAR - drawn) - (part[0] != '\0');
    return heap__printed("%s%s%*s %3.0f%%", text, part, left, "", floor(share * 100));
}

static enum ink ink_of(double share)
{
    return share >= ALARMING ? INK_ERROR : share >= WORRYING ? INK_WARNING : INK_PLAIN;
}

static enum growth_verdict verdict_of(const struct trend_process *process)
{
    return process->leaking > 0 ? GROWTH_LEAKING : process->suspect > 0 ? GROWTH_SUSPECT : GROWTH_STEADY;
}

/* The sooner, the higher. */
static double urgency(const struct trend_process *process)
{
    const struct growth_forecast *forecast = &process->forecast;
    if (process->limit > 0 && process->open >= process->limit)
        return INFINITY;
    if (forecast->is_given)
        return 1 / (forecast->point + 1);
    return isfinite(forecast->point) ? -1 + 1 / (forecast->point + 2) : -1; /* what is foretold comes before a pace */
}

/* Where nothing is foretold, as it was seen for too short a time, the pace says "~4 min". */
static char *outlook(const struct trend_process *process)
{
    char text[WORDS];
    double point = process->forecast.point;
    if (trend_process__is_full(process) || process->forecast.is_given || !isfinite(point))
        return phrase__outlook(process);
    return heap__printed("~%s", words__range(text, point, point));
}

/* Its arguments, one after the other. */
static char *command_of(const struct process *process)
{
    char *text = top_words__escaped(process->exe);
    for (size_t i = 1; process->argv != NULL && process->argv[0] != NULL && process->argv[i] != NULL; i++) {
        char *argument = top_words__escaped(process->argv[i]);
        char *more = heap__printed("%s %s", text, argument);
        free(argument);
        free(text);
        text = more;
    }
    return text;
}

static void set_counts(struct top_cell *cells, const struct process_figures *figures)
{
    const struct {
        size_t column;
        uint64_t value;
        enum ink ink;
    } counts[] = {{ACQUIRED, figures->acquired, INK_PLAIN},
                  {RELEASED, figures->released, INK_PLAIN},
                  {FAILED, figures->failed, figures->failed > 0 ? INK_WARNING : INK_PLAIN},
                  {SWALLOWED, figures->swallowed, figures->swallowed > 0 ? INK_ERROR : INK_PLAIN}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        top_cell__set(&cells[counts[i].column], top_words__number(counts[i].value), (double)counts[i].value,
                      counts[i].ink);
}

/* The process, not only its number, which another one may get; "pid start ledger". */
static char *key_of(const struct process *process, uint32_t pid)
{
    return heap__printed("%" PRIu32 " %.9f %s", pid, process->start, process->ledger);
}

static void fill_row(struct top_table *table, const struct top_model *model, size_t number)
{
    const struct process_figures figures = figures__of(model->figures, number);
    const struct trend_process *of = figures.process;
    const struct process *process = &of->process;
    enum growth_verdict verdict = verdict_of(of);
    double share = used(of);
    struct top_cell *cells = top_table__add(table, key_of(process, figures.pid), of);
    top_cell__set(&cells[PID], heap__printed("%" PRIu32, figures.pid), figures.pid, INK_PLAIN);
    top_cell__set(&cells[PROGRAM], top_words__escaped(process->name), 0, INK_STRONG);
    top_cell__set(&cells[OPEN], top_words__number(of->open), (double)of->open, ink_of(share));
    top_cell__set(&cells[LIMIT], of->limit > 0 ? top_words__number(of->limit) : heap__copied("-"), (double)of->limit,
                  INK_PLAIN);
    top_cell__set(&cells[USED], bar(share, model->is_utf8), share, ink_of(share));
    top_cell__set(&cells[FULL], outlook(of), urgency(of), phrase__ink(verdict));
    top_cell__set(&cells[VERDICT], heap__copied(growth__verdict_name(verdict)), verdict, phrase__ink(verdict));
    top_cell__set(&cells[AGE], top_words__time(of->lived), of->lived, INK_PLAIN);
    top_cell__set(&cells[HOST], top_words__escaped(process->host), 0, INK_PLAIN);
    set_counts(cells, &figures);
}

static void fill(struct top_table *table, const struct top_model *model)
{
    const struct trend *trend = figures__trend(model->figures);
    for (size_t i = 0; i < trend->process_count; i++)
        fill_row(table, model, i);
}

static char *words(const void *subject)
{
    const struct trend_process *of = subject;
    return command_of(&of->process);
}

/* ---- One of them ------------------------------------------------------------------------------------------------- */

static void put_line(FILE *out, const char *before, char *text)
{
    if (text != NULL)
        fprintf(out, "%s%s\n", before, text);
    free(text);
}

static void put_sites(FILE *out, const struct top_model *model, const struct trend *trend, size_t number)
{
    size_t listed = 0, left = 0;
    for (size_t i = 0; i < trend->site_count; i++)
        for (size_t k = 0; k < trend->sites[i].share_count; k++) {
            const struct trend_share *share = &trend->sites[i].shares[k];
            if (share->process != number || share->held == 0)
                continue;
            if (listed == LISTED_SITES) {
                left++;
                continue;
            }
            char held[WORDS];
            char *place = top_words__place(model, trend->sites[i].stack, trend->sites[i].call);
            fprintf(out, "  %7s held  %-8s  %s\n", words__number(held, share->held),
                    growth__verdict_name(share->verdict), place);
            free(place);
            listed++;
        }
    if (left > 0)
        fprintf(out, "  … and %zu more %s, in the view of sites\n", left, words__plural(left, "place", "places"));
}

static void describe(FILE *out, const struct top_model *model, const void *subject, size_t width)
{
    const struct trend_process *process = subject;
    const struct trend *trend = figures__trend(model->figures);
    uint64_t most;
    char *who = phrase__who(process), *life = phrase__life(process);
    fprintf(out, "%s, %s\n", who, life);
    free(who);
    free(life);
    char *command = command_of(&process->process);
    top_words__sentence(out, width, "", command);
    free(command);
    put_line(out, "  ", phrase__open(process));
    put_line(out, "  ", phrase__forecast(process));
    put_line(out, "  ", phrase__lost(process));
    put_line(out, "  ", phrase__caveat(process));
    put_line(out, "  ", sparkline__of(process, width > 4 ? width - 4 : 1, model->is_utf8, &most));
    put_sites(out, model, trend, (size_t)(process - trend->processes));
}

/* ": it exited with status 1", as the ledger says that it has left; "" where it has left none. NULL: it has not ended. */
static char *end_of(const char *path, double start)
{
    struct ledger_error error;
    struct ledger *ledger;
    char text[WORDS];
    if (ledger__open(&ledger, path, &error) != 0)
        return heap__copied("");
    bool is_it = fabs((double)ledger__header(ledger)->start_realtime / NANOSECONDS - start) < SAME_START;
    bool is_running = is_it && ledger__is_running(ledger);
    const struct life life = life__of(ledger, NULL);
    char *end = is_it ? heap__printed(": it %s", words__end(text, life.how, life.status)) : heap__copied("");
    ledger__close(ledger);
    if (!is_running)
        return end;
    free(end);
    return NULL;
}

static char *farewell(const char *key)
{
    char *rest;
    unsigned long pid = strtoul(key, &rest, 10);
    double start = strtod(rest, &rest);
    char *end = end_of(rest + 1, start);
    if (end == NULL)
        return top_words__farewell(key);
    char *text = heap__printed("pid %lu ended%s; this is what was known last", pid, end);
    free(end);
    return text;
}

const struct top_view top_processes = {"processes",
                                       "Processes",
                                       columns,
                                       sizeof columns / sizeof columns[0] - 1,
                                       false,
                                       "no process that you may look at runs watched: LD_PRELOAD=libleakwatch.so "
                                       "PROGRAM, or leakwatch run PROGRAM, starts one",
                                       fill,
                                       words,
                                       describe,
                                       farewell};
