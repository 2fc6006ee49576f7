/* One finding as text: the headline says what, how many and where in the user's source; then examples, what became of
 * others, how long, in which processes, and the stack. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../findings/details.h"
#include "../findings/kinds.h"
#include "../stacks.h"
#include "page.h"
#include "text_story.h"
#include "words.h"

enum { PLACES_SHOWN = 3, HOLDERS_SHOWN = 5, PIDS_SHOWN = 4 };

static const enum ink level_inks[LEVELS] = {
    [LEVEL_NOTE] = INK_NOTE,
    [LEVEL_WARNING] = INK_WARNING,
    [LEVEL_ERROR] = INK_ERROR,
};

static const char *program_of(const struct page *page, const struct finding *finding)
{
    if (finding->process_count == 0)
        return "?";
    return base_name(page->report->processes[finding->processes[0]].exe);
}

static bool is_leak(const struct finding *finding)
{
    return finding->kind != kinds__get(KIND_FD_EXHAUSTED)->name &&
           finding->kind != kinds__get(KIND_UNTRACKED_FD)->name &&
           finding->kind != kinds__get(KIND_UNBALANCED_SCOPE)->name;
}

/* ---- Headline ---------------------------------------------------------------------------------------------------- */

/* What a process held that had no chance to give it back, in the words of its end. */
static const struct excuse {
    const char *how, *text;
} excuses[] = {
    {"signal", "still %s when a signal ended the process"},
    {"killed", "still %s when the process was killed"},
    {"exec", "still %s when the process executed another program"},
    {"running", "%s now, in a process that still runs"},
    {"exit", "%s at the end, as if on purpose"},
};

static void put_excuse(const struct page *page, const struct finding *finding)
{
    const char *how = page->report->processes[finding->processes[0]].how;
    const char *held = finding->kind == kinds__get(KIND_CHILD_LEAK)->name ? "not waited for" : "open";
    for (size_t i = 0; i < sizeof excuses / sizeof excuses[0]; i++)
        if (strcmp(excuses[i].how, how) == 0)
            fprintf(page->out, excuses[i].text, held);
}

static void put_what(const struct page *page, const struct finding *finding)
{
    const struct finding_kind *kind = kinds__find(finding->kind);
    page__number(page, finding->count);
    fprintf(page->out, " %s ", resource__noun(finding->resource.kind, finding->count));
    if (finding->level < kind->level && finding->process_count > 0)
        put_excuse(page, finding);
    else
        fputs(kind->missed, page->out);
}

static void put_failure(const struct page *page, const struct finding *finding)
{
    const char *name = errno_name(finding->error);
    page__text(page, finding->call ? finding->call : "a call");
    fputs(" failed ", page->out);
    if (finding->count == 1) {
        fputs("once", page->out);
    } else {
        page__number(page, finding->count);
        fputs(" times", page->out);
    }
    fprintf(page->out, " with %s: %s", name ? name : strerror(finding->error),
            finding->error == ENFILE ? "the system's table of files was full" : "no descriptor was left");
}

static void put_where(const struct page *page, const struct finding *finding)
{
    bool is_unbalanced = finding->kind == kinds__get(KIND_UNBALANCED_SCOPE)->name;
    const struct stack *stack = is_unbalanced && finding->released ? finding->released : finding->acquired;
    const struct frame *frame = stack__user_frame(stack);
    if (is_unbalanced && frame != NULL)
        putc(',', page->out);
    if (is_leak(finding) && finding->call != NULL) {
        fprintf(page->out, ", %s by ", kinds__find(finding->kind)->begun);
        page__text(page, finding->call);
    }
    if (frame == NULL) {
        fputs(" in ", page->out);
        page__text(page, program_of(page, finding));
        return;
    }
    fputs(" at ", page->out);
    page__ink(page, INK_STRONG);
    page__place(page, frame);
    page__ink(page, INK_PLAIN);
    if (frame->function != NULL) {
        fputs(" in ", page->out);
        page__text(page, frame->function);
    }
}

void page__headline(const struct page *page, const struct finding *finding)
{
    if (finding->kind == kinds__get(KIND_FD_EXHAUSTED)->name)
        put_failure(page, finding);
    else if (text_story__tells(finding))
        text_story__headline(page, finding);
    else
        put_what(page, finding);
    put_where(page, finding);
}

static void put_headline(const struct page *page, const struct finding *finding)
{
    page__ink(page, level_inks[finding->level]);
    fprintf(page->out, "%s:", level__name(finding->level));
    page__ink(page, INK_PLAIN);
    putc(' ', page->out);
    page__headline(page, finding);
    page__ink(page, INK_FAINT);
    fprintf(page->out, " [%s]", finding->kind);
    page__ink(page, INK_PLAIN);
    putc('\n', page->out);
}

/* ---- What is known besides --------------------------------------------------------------------------------------- */

static const char *id_name(const struct finding *finding)
{
    return finding->resource.kind == LW_CHILD ? "pid" : "fd";
}

/* The number of a child differs from run to run. */
static bool shows_id(const struct page *page, const struct finding *finding, const struct example *example)
{
    return example->has_id && !(page->options->stable && finding->resource.kind == LW_CHILD);
}

static void put_label(const struct page *page, const struct example *example)
{
    if (example->label == NULL)
        return;
    fputs(" \"", page->out);
    page__text(page, example->label);
    putc('"', page->out);
}

static void put_example(const struct page *page, const struct finding *finding, const struct example *example)
{
    const char *name = id_name(finding);
    if (shows_id(page, finding, example))
        fprintf(page->out, "%s %" PRIu64 "%s", name, example->id, example->detail ? ": " : "");
    if (example->detail != NULL)
        page__text(page, example->detail);
    put_label(page, example);
}

/* "fd 3 and 4 more: /dev/null": all have the same detail, or none. */
static void put_alike(const struct page *page, const struct finding *finding)
{
    const struct example *example = &finding->resource.examples[0];
    const char *name = id_name(finding);
    if (shows_id(page, finding, example) && finding->count > 1) {
        fprintf(page->out, "  %s %" PRIu64 " and ", name, example->id);
        page__number(page, finding->count - 1);
        fprintf(page->out, " more%s", example->detail ? ": " : "");
        if (example->detail != NULL)
            page__text(page, example->detail);
        put_label(page, example);
    } else {
        fputs("  ", page->out);
        put_example(page, finding, example);
    }
}

static void put_different(const struct page *page, const struct finding *finding)
{
    for (size_t i = 0; i < finding->resource.example_count; i++) {
        fputs(i > 0 ? ", " : "  ", page->out);
        put_example(page, finding, &finding->resource.examples[i]);
    }
    if (finding->count > finding->resource.example_count)
        fputs(", …", page->out);
    if (finding->resource.details > finding->resource.example_count)
        fprintf(page->out, " (%s%" PRIu64 " different ones)",
                finding->resource.details >= DETAILS_AT_MOST ? "at least " : "", finding->resource.details);
}

static void put_examples(const struct page *page, const struct finding *finding)
{
    const struct example *first = &finding->resource.examples[0];
    if (finding->resource.example_count == 0 || (!shows_id(page, finding, first) && first->detail == NULL))
        return;
    if (finding->resource.details <= 1)
        put_alike(page, finding);
    else
        put_different(page, finding);
    putc('\n', page->out);
}

static void put_contrast(const struct page *page, const struct contrast *contrast, const char *verb)
{
    const struct frame *frame = stack__user_frame(contrast->stack);
    page__number(page, contrast->count);
    fprintf(page->out, " %s", verb);
    if (frame != NULL) {
        fputs(" at ", page->out);
        page__place(page, frame);
    }
    if (contrast->call != NULL) {
        fputs(" (", page->out);
        page__text(page, contrast->call);
        fputs(")", page->out);
    }
}

/* "1,000 opened here: 997 closed at conn.c:88 (close), 3 never". */
static void put_contrasts(const struct page *page, const struct finding *finding)
{
    const struct finding_kind *kind = kinds__find(finding->kind);
    uint64_t elsewhere = 0;
    if (!is_leak(finding) || finding->contrast_count == 0 || text_story__tells(finding))
        return;
    fputs("  ", page->out);
    page__number(page, finding->siblings);
    fprintf(page->out, " %s here: ", kind->begun);
    for (size_t i = 0; i < finding->contrast_count; i++) {
        if (i < PLACES_SHOWN) {
            put_contrast(page, &finding->contrasts[i], kind->ended);
            fputs(", ", page->out);
        } else {
            elsewhere += finding->contrasts[i].count;
        }
    }
    if (elsewhere > 0) {
        page__number(page, elsewhere);
        fprintf(page->out, " at %zu other places, ", finding->contrast_count - PLACES_SHOWN);
    }
    page__number(page, finding->count + finding->spared);
    fputs(" never\n", page->out);
}

static void put_spared(const struct page *page, const struct finding *finding)
{
    if (finding->spared == 0)
        return;
    fputs("  ", page->out);
    page__number(page, finding->spared);
    fputs(" more not counted: their processes had no chance to give them back\n", page->out);
}

static void put_pids(const struct page *page, const struct finding *finding)
{
    char number[WORDS];
    size_t shown = finding->process_count < PIDS_SHOWN ? finding->process_count : PIDS_SHOWN;
    fprintf(page->out, "in %s processes", words__number(number, finding->process_count));
    for (size_t i = 0; i < shown && !page->options->stable; i++)
        fprintf(page->out, "%s%" PRIu32, i > 0 ? ", " : " (pids ", page->report->processes[finding->processes[i]].pid);
    if (!page->options->stable)
        fprintf(page->out, "%s)", shown < finding->process_count ? ", …" : "");
    if (finding->worst < finding->count)
        fprintf(page->out, ", at most %s in one", words__number(number, finding->worst));
}

/* Who and how long: in one line. */
static void put_circumstances(const struct page *page, const struct finding *finding)
{
    char duration[WORDS];
    const char *separator = "  ";
    bool has_age = is_leak(finding) && finding->age_seconds >= 0 && !page->options->stable;
    if (has_age && finding->kind != kinds__get(KIND_INHERITED_FD)->name) {
        fprintf(page->out, "%s%s %s", separator, finding->count > 1 ? "the oldest was held for" : "held for",
                words__duration(duration, finding->age_seconds));
        separator = "; ";
    }
    if (finding->process_count > 1) {
        fputs(separator, page->out);
        put_pids(page, finding);
        separator = "; ";
    } else if (finding->process_count == 1 && page->report->process_count > 1) {
        fprintf(page->out, "%sin ", separator);
        page__text(page, program_of(page, finding));
        if (!page->options->stable)
            fprintf(page->out, " (pid %" PRIu32 ")", page->report->processes[finding->processes[0]].pid);
        separator = "; ";
    }
    if (separator[0] == ';')
        putc('\n', page->out);
}

static void put_sentence(const struct page *page, const char *before, const char *text)
{
    if (text == NULL)
        return;
    fprintf(page->out, "  %s", before);
    page__text(page, text);
    putc('\n', page->out);
}

static void put_holders(const struct page *page, const struct finding *finding)
{
    if (finding->holder_count == 0)
        return;
    fputs("  who held the table then:\n", page->out);
    for (size_t i = 0; i < finding->holder_count && (i < HOLDERS_SHOWN || page->options->full); i++) {
        const struct contrast *holder = &finding->holders[i];
        const struct frame *frame = stack__user_frame(holder->stack);
        fputs("    ", page->out);
        put_contrast(page, holder, "opened");
        if (frame != NULL && frame->function != NULL) {
            fputs(" in ", page->out);
            page__text(page, frame->function);
        }
        putc('\n', page->out);
    }
}

static void put_also(const struct page *page, const struct finding *finding)
{
    for (size_t i = 0; i < finding->also_count; i++) {
        const struct frame *frame = stack__user_frame(finding->also[i]);
        if (frame == NULL)
            continue;
        fputs(i == 0 ? "  also at " : ", ", page->out);
        page__place(page, frame);
    }
    if (finding->also_count > 0)
        putc('\n', page->out);
}

static void put_stacks(const struct page *page, const struct finding *finding)
{
    const char *program = program_of(page, finding);
    if (finding->acquired != NULL)
        page__stack(page, finding->acquired, "    ", program);
    if (finding->story != NULL && finding->story->later_stack != NULL) {
        fputs("  given back, the last time, by:\n", page->out);
        page__stack(page, finding->story->later_stack, "    ", program);
    }
    if (finding->released != NULL && finding->kind != kinds__get(KIND_INHERITED_FD)->name) {
        fputs(finding->kind == kinds__get(KIND_UNBALANCED_SCOPE)->name ? "  what showed it:\n" : "  its release:\n",
              page->out);
        page__stack(page, finding->released, "    ", program);
    }
    if (page->options->full)
        fprintf(page->out, "  fingerprint %s\n", finding->fingerprint);
}

/* Notes are told briefly: nothing has to be mended. */
static bool is_brief(const struct page *page, const struct finding *finding)
{
    return finding->level == LEVEL_NOTE && !page->options->full;
}

void page__particulars(const struct page *page, const struct finding *finding)
{
    put_examples(page, finding);
    if (text_story__tells(finding)) {
        text_story__lines(page, finding);
    } else {
        put_sentence(page, "", finding->later);
        put_sentence(page, "in scope ", finding->scope);
    }
    put_holders(page, finding);
    if (is_brief(page, finding))
        return;
    put_contrasts(page, finding);
    put_spared(page, finding);
    put_circumstances(page, finding);
    put_also(page, finding);
}

void page__finding(const struct page *page, const struct finding *finding)
{
    put_headline(page, finding);
    page__particulars(page, finding);
    if (!is_brief(page, finding))
        put_stacks(page, finding);
    put_sentence(page, "suppressed by ", finding->rule);
    putc('\n', page->out);
}
