/* Connections: who is connected to whom, in which state, and for how long nobody has said anything. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/words.h"
#include "views.h"

enum { HELD, PEER, STATE, IDLE, LONGEST, SERVICE, PROCESSES, PLACE, PROGRAM };

static const struct top_column columns[] = {
    [HELD] = {"held", "HELD", 6, 0, TOP_NUMBER, false},
    [PEER] = {"peer", "PEER", 15, 0, TOP_TEXT, true},
    [STATE] = {"state", "STATE", 16, 50, TOP_TEXT, false},
    [IDLE] = {"idle", "IDLE", 7, 60, TOP_NUMBER, false},
    [LONGEST] = {"longest", "LONGEST", 7, 72, TOP_NUMBER, false},
    [SERVICE] = {"service", "SERVICE", 8, 100, TOP_TEXT, false},
    [PROCESSES] = {"processes", "PROCS", 5, 112, TOP_NUMBER, false},
    [PLACE] = {"place", "PLACE", 12, 40, TOP_TEXT, true},
    [PROGRAM] = {"program", "PROGRAM", 12, 132, TOP_TEXT, false},
    {NULL, NULL, 0, 0, TOP_TEXT, false},
};

/* "12 open, 3 hung up": the worst first, as the column is narrow. */
static char *states(const struct connection_summary *of)
{
    const struct {
        uint64_t count;
        const char *word;
    } all[] = {{of->hung_up, "hung up"},
               {of->over, "over"},
               {of->closing, "closing"},
               {of->connecting, "connecting"},
               {of->open, "open"}};
    char *text = heap__copied("");
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        char number[WORDS];
        if (all[i].count == 0)
            continue;
        char *more = heap__printed("%s%s%s %s", text, text[0] != '\0' ? ", " : "", words__number(number, all[i].count),
                                   all[i].word);
        free(text);
        text = more;
    }
    if (text[0] != '\0')
        return text;
    free(text);
    return heap__copied("-");
}

static char *peer(const struct connection_summary *of)
{
    char *shown = top_words__escaped(of->peer[0] != '\0' ? of->peer : "not known");
    char *text = heap__printed("%s%s%s", of->is_accepted ? "from " : "", shown, of->is_cut ? "…" : "");
    free(shown);
    return text;
}

static void fill_row(struct top_table *table, const struct top_model *model, const struct connection_summary *of)
{
    bool is_bad = of->hung_up + of->over > 0;
    char *who = peer(of), *place = top_words__place(model, of->stack, of->call);
    struct top_cell *cells = top_table__add(table, heap__printed("%s %s %s", who, place, of->program), of);
    top_cell__set(&cells[HELD], top_words__number(of->held), (double)of->held, INK_PLAIN);
    top_cell__set(&cells[PEER], who, 0, INK_STRONG);
    top_cell__set(&cells[STATE], states(of), 0, is_bad ? INK_ERROR : INK_PLAIN);
    top_cell__set(&cells[IDLE], top_words__time(of->idle_longest), of->idle_longest,
                  of->idle_long > 0 ? INK_WARNING : INK_PLAIN);
    top_cell__set(&cells[LONGEST], top_words__time(of->longest), of->longest, INK_PLAIN);
    top_cell__set(&cells[SERVICE], heap__copied(of->service != NULL ? of->service : ""), 0, INK_PLAIN);
    top_cell__set(&cells[PROCESSES], top_words__number(of->processes), of->processes, INK_PLAIN);
    top_cell__set_place(&cells[PLACE], model, of->stack, of->call, INK_PLAIN);
    free(place);
    top_cell__set(&cells[PROGRAM], top_words__escaped(of->program), 0, INK_PLAIN);
}

static char *words(const void *subject)
{
    const struct connection_summary *of = subject;
    return top_words__escaped(of->program);
}

static void fill(struct top_table *table, const struct top_model *model)
{
    for (size_t i = 0; i < model->report->connection_count; i++)
        fill_row(table, model, &model->report->connections[i]);
}

static void describe(FILE *out, const struct top_model *model, const void *subject, size_t width)
{
    const struct connection_summary *of = subject;
    char held[WORDS], peak[WORDS];
    char *who = peer(of), *state = states(of), *program = top_words__escaped(of->program);
    (void)width;
    fprintf(out, "%s, %s\n", who, state);
    fprintf(out, "  %s held, at most %s, by %s", words__number(held, of->held), words__number(peak, of->peak), program);
    if (of->listener != NULL) {
        char *listener = top_words__escaped(of->listener);
        fprintf(out, ", accepted at %s", listener);
        free(listener);
    }
    putc('\n', out);
    top_words__stack(out, model, of->stack, top_words__first_run(model, of->program));
    free(who);
    free(state);
    free(program);
}

const struct top_view top_connections = {
    "connections", "Connections",           columns, sizeof columns / sizeof columns[0] - 1,
    true,          "no connection is held", fill,    words,
    describe,      top_words__farewell};
