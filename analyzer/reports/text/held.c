/* What was held to the end, in one block: how many, what, where and which. */
#include "held.h"

#include <string.h>

#include "finding.h"
#include "model/kinds.h"
#include "model/resource.h"
#include "base/words.h"
#include "sentence.h"
#include "symbol/stack.h"

enum { PLACES_SHOWN = 4 };

bool text_held__tells(const struct page *page, const struct finding *finding)
{
    return finding->held_to_end && finding->level != LEVEL_ERROR && !page->options->full;
}

/* How far out the callers of two findings part, whose lines would be the same without them; 0: they would not. */
static size_t steps_to_part(const struct finding *a, const struct finding *b)
{
    size_t steps = 1;
    if (a == b || a->call != b->call || !stack__is_same_place(a->acquired, b->acquired))
        return 0;
    while (stack__caller(a->acquired, steps) != NULL &&
           frame__compare_places(stack__caller(a->acquired, steps), stack__caller(b->acquired, steps)) == 0)
        steps++;
    return steps;
}

/* The innermost one by which this line differs from all others. */
static void put_caller(const struct page *page, const struct finding *finding)
{
    size_t most = 0;
    for (size_t i = 0; i < page->report->finding_count; i++) {
        const struct finding *other = &page->report->findings[i];
        size_t steps = text_held__tells(page, other) ? steps_to_part(finding, other) : 0;
        most = steps > most ? steps : most;
    }
    const struct frame *caller = most > 0 ? stack__caller(finding->acquired, most) : NULL;
    if (caller == NULL)
        return;
    fputs(", called at ", page->out);
    page__place(page, caller);
    if (caller->function != NULL) {
        fputs(" in ", page->out);
        page__text(page, caller->function);
    }
}

/* "listen.c:7, 8 and 9": the finding's own comes first. */
static void put_places(const struct page *page, const struct finding *finding, const struct frame *frame)
{
    size_t shown = finding->also_count < PLACES_SHOWN ? finding->also_count : PLACES_SHOWN;
    page__place(page, frame);
    for (size_t i = 0; i < shown; i++) {
        const struct frame *next = stack__user_frame(finding->also[i]);
        if (next == NULL)
            continue;
        fputs(i + 1 < finding->also_count ? ", " : " and ", page->out);
        if (next->file != NULL && next->line > 0 && frame->file != NULL && strcmp(next->file, frame->file) == 0)
            fprintf(page->out, "%d", next->line);
        else
            page__place(page, next);
    }
    if (shown < finding->also_count)
        fprintf(page->out, " and %zu more", finding->also_count - shown);
}

static void put_where(const struct page *page, const struct finding *finding)
{
    const struct frame *frame = stack__user_frame(finding->acquired);
    if (finding->call != NULL) {
        fprintf(page->out, ", %s by ", kinds__words(finding)->begun);
        page__call(page, finding->call);
    }
    if (frame != NULL) {
        fputs(" at ", page->out);
        put_places(page, finding, frame);
    }
    if (frame != NULL && frame->function != NULL) {
        fputs(" in ", page->out);
        page__text(page, frame->function);
    }
    put_caller(page, finding);
    if (frame == NULL || finding->process_count != 1 || page->report->process_count > 1) {
        fputs(" (of ", page->out);
        page__text(page, text_finding__program(page, finding));
        putc(')', page->out);
    }
}

static void put_which(const struct page *page, const struct finding *finding)
{
    const struct example *example = finding->resource.example_count > 0 ? &finding->resource.examples[0] : NULL;
    if (example == NULL || example->detail == NULL)
        return;
    fputs(": ", page->out);
    page__text(page, example->detail);
    if (finding->resource.details > 1)
        fputs(", …", page->out);
}

static void put_threads(const struct page *page, const struct finding *finding)
{
    const struct fact *threads = finding__fact(finding, FACT_IN_THREADS);
    if (threads != NULL)
        page__sentence(page, ", in {threads}[ running {routine}]", finding, threads);
}

static void put_line(const struct page *page, const struct finding *finding)
{
    fputs("  ", page->out);
    page__number(page, finding->count);
    fprintf(page->out, " %s", resource__noun(finding->resource.kind, finding->count));
    put_where(page, finding);
    put_which(page, finding);
    put_threads(page, finding);
    if (finding->took_over)
        fputs(", the newest", page->out);
    if (finding->was_sent)
        fputs(", received", page->out);
    page__ink(page, INK_FAINT);
    fprintf(page->out, " [%s]", finding->kind->name);
    page__ink(page, INK_PLAIN);
    putc('\n', page->out);
}

/* All of them have one level: see --held. */
static const struct finding *first_of(const struct page *page, uint64_t *resources, bool *took_over, bool *were_sent)
{
    const struct finding *first = NULL;
    for (size_t i = 0; i < page->report->finding_count; i++) {
        const struct finding *finding = &page->report->findings[i];
        if (!text_held__tells(page, finding))
            continue;
        first = first ? first : finding;
        *resources += finding->count;
        *took_over = *took_over || finding->took_over;
        *were_sent = *were_sent || finding->was_sent;
    }
    return first;
}

size_t text_held__block(const struct page *page, size_t most)
{
    size_t left_out = 0, lines = 0;
    uint64_t resources = 0;
    bool took_over = false, were_sent = false;
    const struct finding *first = first_of(page, &resources, &took_over, &were_sent);
    if (first == NULL)
        return 0;
    page__ink(page, first->level == LEVEL_NOTE ? INK_NOTE : INK_WARNING);
    fprintf(page->out, "%s:", level__name(first->level));
    page__ink(page, INK_PLAIN);
    fputs(" held to the end: ", page->out);
    page__number(page, resources);
    fputs(", each the only one of its place (or an end of the only pair, a log, a listening socket), where nothing was "
          "ever given back",
          page->out);
    fputs(took_over ? ", or the newest, which took over from the others" : "", page->out);
    fputs(were_sent ? ", or received, and how many their sender said\n" : "\n", page->out);
    for (size_t i = 0; i < page->report->finding_count; i++) {
        if (!text_held__tells(page, &page->report->findings[i]))
            continue;
        if (lines++ < most)
            put_line(page, &page->report->findings[i]);
        else
            left_out++;
    }
    putc('\n', page->out);
    return left_out;
}
