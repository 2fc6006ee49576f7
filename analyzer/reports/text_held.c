/* What was held to the end, in one block: how many, what, where and which. */
#include "text_held.h"

#include "../findings/kinds.h"
#include "../stacks.h"
#include "text_finding.h"
#include "words.h"

bool text_held__tells(const struct page *page, const struct finding *finding)
{
    return finding->held_to_end && finding->level != LEVEL_ERROR && !page->options->full;
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
        page__place(page, frame);
    }
    if (frame != NULL && frame->function != NULL) {
        fputs(" in ", page->out);
        page__text(page, frame->function);
    }
    if (frame == NULL || finding->process_count != 1 || page->report->process_count > 1) {
        fputs(", ", page->out);
        page__text(page, text_finding__program(page, finding));
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

static void put_line(const struct page *page, const struct finding *finding)
{
    fputs("  ", page->out);
    page__number(page, finding->count);
    fprintf(page->out, " %s", resource__noun(finding->resource.kind, finding->count));
    put_where(page, finding);
    put_which(page, finding);
    page__ink(page, INK_FAINT);
    fprintf(page->out, " [%s]", finding->kind);
    page__ink(page, INK_PLAIN);
    putc('\n', page->out);
}

/* All of them have one level: see --held. */
static const struct finding *first_of(const struct page *page, uint64_t *resources)
{
    const struct finding *first = NULL;
    for (size_t i = 0; i < page->report->finding_count; i++) {
        const struct finding *finding = &page->report->findings[i];
        if (!text_held__tells(page, finding))
            continue;
        first = first ? first : finding;
        *resources += finding->count;
    }
    return first;
}

size_t text_held__block(const struct page *page, size_t most)
{
    size_t left_out = 0, lines = 0;
    uint64_t resources = 0;
    const struct finding *first = first_of(page, &resources);
    if (first == NULL)
        return 0;
    page__ink(page, first->level == LEVEL_NOTE ? INK_NOTE : INK_WARNING);
    fprintf(page->out, "%s:", level__name(first->level));
    page__ink(page, INK_PLAIN);
    fputs(" held to the end: ", page->out);
    page__number(page, resources);
    fputs(", each the only one of its place, where nothing was ever given back\n", page->out);
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
