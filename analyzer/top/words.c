/* What several views say. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/heap.h"
#include "base/words.h"
#include "reports/text/page.h"
#include "source/path.h"
#include "symbol/stack.h"
#include "trend/columns.h"
#include "views.h"

/* The lines around it, the one that was called marked. */
static void put_source(FILE *out, struct source_lines *sources, const struct frame *frame, double run)
{
    if (frame == NULL || frame->file == NULL || frame->line <= 0)
        return;
    struct source_excerpt excerpt = source_lines__around(sources, frame->file, frame->line);
    if (excerpt.count > 0 && source_excerpt__is_newer(&excerpt, run))
        fputs("  the file has changed since\n", out);
    for (size_t i = 0; i < excerpt.count; i++) {
        int line = excerpt.first + (int)i;
        fprintf(out, "  %s %5d  ", line == frame->line ? ">" : " ", line);
        for (size_t k = 0; k < excerpt.lengths[i]; k++) {
            size_t begin = k;
            while (k < excerpt.lengths[i] && excerpt.lines[i][k] != '\t')
                k++;
            escape__print(out, excerpt.lines[i] + begin, k - begin);
            if (k < excerpt.lengths[i])
                fputs("    ", out);
        }
        putc('\n', out);
    }
}

double top_words__first_run(const struct top_model *model, const char *program)
{
    double first = 0;
    for (size_t i = 0; i < model->report->process_count; i++) {
        const struct process *process = &model->report->processes[i];
        if (strcmp(process->command, program) == 0 && (first <= 0 || process->start < first))
            first = process->start;
    }
    return first;
}

void top_words__stack(FILE *out, const struct top_model *model, const struct stack *stack, double run)
{
    const struct page page = {.out = out, .options = &model->options};
    if (stack == NULL)
        return;
    put_source(out, model->sources, stack__user_frame(stack), run);
    page__stack(&page, stack, "  ", "");
}

static char *place_of(const struct report_options *options, bool is_brief, const struct stack *stack, const char *call)
{
    char *text = NULL;
    size_t length;
    const struct frame *frame = stack != NULL ? stack__user_frame(stack) : NULL;
    FILE *out = open_memstream(&text, &length);
    const struct page page = {.out = out, .options = options};
    if (out == NULL)
        heap__ran_out();
    if (frame != NULL && frame->function != NULL) {
        page__text(&page, frame->function);
        putc(' ', out);
    }
    if (frame == NULL) {
        fputs("nobody knows where", out);
    } else if (is_brief && frame->file != NULL) {
        page__text(&page, base_name(frame->file));
        fprintf(out, ":%d", frame->line);
    } else {
        page__place(&page, frame);
    }
    if (call != NULL) {
        fputs(" (", out);
        page__call(&page, call);
        putc(')', out);
    }
    fclose(out);
    return text;
}

char *top_words__place(const struct top_model *model, const struct stack *stack, const char *call)
{
    return place_of(&model->options, false, stack, call);
}

void top_cell__set_place(struct top_cell *cell, const struct top_model *model, const struct stack *stack,
                         const char *call, enum ink ink)
{
    top_cell__set(cell, place_of(&model->options, false, stack, call), 0, ink);
    cell->brief = place_of(&model->options, true, stack, call);
}

void top_words__sentence(FILE *out, size_t columns, const char *before, const char *text)
{
    enum { INDENT = 2 };
    char *whole = heap__printed("%s%s", before, text);
    fprintf(out, "%*s", INDENT, "");
    columns__wrap(out, whole, INDENT, INDENT, columns);
    free(whole);
}

char *top_words__farewell(const char *key)
{
    (void)key;
    return heap__copied("nothing is seen of it any more; this is what was known last");
}

char *top_words__number(uint64_t number)
{
    char text[WORDS];
    return heap__copied(words__number(text, number));
}

/* Seven columns at most, up to 99 days and beyond. */
char *top_words__time(double seconds)
{
    enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };
    char text[WORDS];
    uint64_t whole = (uint64_t)seconds;
    if (seconds < 0)
        return heap__copied("-");
    if (seconds < MINUTE)
        return heap__copied(words__brief(text, seconds));
    if (seconds < HOUR)
        return heap__printed("%um%02us", (unsigned)(whole / MINUTE), (unsigned)(whole % MINUTE));
    if (seconds < DAY)
        return heap__printed("%uh%02um", (unsigned)(whole / HOUR), (unsigned)(whole % HOUR / MINUTE));
    return heap__printed("%" PRIu64 "d%02uh", whole / DAY, (unsigned)(whole % DAY / HOUR));
}

char *top_words__escaped(const char *text)
{
    return escape__new(text, strlen(text));
}
