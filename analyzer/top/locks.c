/* Locks: what taking them at a place has cost. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/heap.h"
#include "base/words.h"
#include "model/resource.h"
#include "views.h"

enum { TAKEN, CONTENDED, WAITED, WAIT, HOLD, MOST, KIND, PLACE, PROGRAM };

static const struct top_column columns[] = {
    [TAKEN] = {"taken", "TAKEN", 8, 40, TOP_NUMBER, false},
    [CONTENDED] = {"contended", "HAD TO WAIT", 8, 50, TOP_NUMBER, false},
    [WAITED] = {"waited", "WAITED", 8, 0, TOP_NUMBER, false},
    [WAIT] = {"wait", "LONGEST", 8, 60, TOP_NUMBER, false},
    [HOLD] = {"hold", "HELD FOR", 8, 60, TOP_NUMBER, false},
    [MOST] = {"waiting", "WAITING", 7, 112, TOP_NUMBER, false},
    [KIND] = {"kind", "KIND", 8, 96, TOP_TEXT, false},
    [PLACE] = {"place", "PLACE", 14, 0, TOP_TEXT, true},
    [PROGRAM] = {"program", "PROGRAM", 12, 132, TOP_TEXT, false},
    {NULL, NULL, 0, 0, TOP_TEXT, false},
};

static void fill_row(struct top_table *table, const struct top_model *model, const struct lock_cost *of)
{
    char *place = top_words__place(model, of->stack, of->call);
    struct top_cell *cells = top_table__add(table, heap__printed("%s %s", place, of->program), of);
    top_cell__set(&cells[TAKEN], top_words__number(of->taken), (double)of->taken, INK_PLAIN);
    top_cell__set(&cells[CONTENDED], top_words__number(of->contended), (double)of->contended,
                  of->contended > 0 ? INK_WARNING : INK_PLAIN);
    top_cell__set(&cells[WAITED], top_words__time(of->waited), of->waited, INK_PLAIN);
    top_cell__set(&cells[WAIT], top_words__time(of->longest_wait), of->longest_wait, INK_PLAIN);
    top_cell__set(&cells[HOLD], top_words__time(of->longest_hold), of->longest_hold, INK_PLAIN);
    top_cell__set(&cells[MOST], of->longest_hold < 0 ? heap__copied("-") : top_words__number(of->most), of->most,
                  INK_PLAIN);
    top_cell__set(&cells[KIND], heap__copied(resource__type(of->kind)), 0, INK_PLAIN);
    top_cell__set_place(&cells[PLACE], model, of->stack, of->call, INK_STRONG);
    free(place);
    top_cell__set(&cells[PROGRAM], top_words__escaped(of->program), 0, INK_PLAIN);
}

static void fill(struct top_table *table, const struct top_model *model)
{
    for (size_t i = 0; i < model->report->lock_count; i++)
        fill_row(table, model, &model->report->locks[i]);
}

static void put_time(FILE *out, const char *what, double seconds)
{
    char text[WORDS];
    if (seconds >= 0)
        fprintf(out, "; %s %s", what, words__brief(text, seconds));
}

static void describe(FILE *out, const struct top_model *model, const void *subject, size_t width)
{
    const struct lock_cost *of = subject;
    char taken[WORDS], contended[WORDS];
    char *place = top_words__place(model, of->stack, of->call), *program = top_words__escaped(of->program);
    (void)width;
    fprintf(out, "%s, in %s\n", place, program);
    fprintf(out, "  taken %s %s, of which %s had to wait", words__number(taken, of->taken),
            words__plural(of->taken, "time", "times"), words__number(contended, of->contended));
    put_time(out, "half of these below", of->median_wait);
    put_time(out, "half of the holds below", of->median_hold);
    putc('\n', out);
    top_words__stack(out, model, of->stack, top_words__first_run(model, of->program));
    free(place);
    free(program);
}

const struct top_view top_locks = {"locks",  "Locks",
                                   columns,  sizeof columns / sizeof columns[0] - 1,
                                   true,     "no lock was seen to be taken; LEAKWATCH_OPTIONS=locks=0 has none watched",
                                   fill,     NULL,
                                   describe, top_words__farewell};
