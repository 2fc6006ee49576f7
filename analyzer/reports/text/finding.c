/* One finding as text: the headline says what, how many and where in the user's source; then examples, what became of
 * others, how long, in which processes, and the stack. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "finding.h"
#include "model/finding_processes.h"
#include "model/kinds.h"
#include "reports/titled_stacks.h"
#include "base/words.h"
#include "sentence.h"
#include "story.h"
#include "symbol/stacks.h"
#include "tally/details.h"

enum { PLACES_SHOWN = 3, ITEMS_SHOWN = 5, PIDS_SHOWN = 4 };

/* ---- What is known besides --------------------------------------------------------------------------------------- */

static const char *id_name(const struct finding *finding)
{
    return finding->resource.kind == LW_CHILD ? "pid" : "fd";
}

/* Numbers differ from run to run: of children, and of descriptors that follow what the program was given. */
static bool shows_id(const struct page *page, const struct example *example)
{
    return example->has_id && !page->options->stable;
}

static void put_label(const struct page *page, const struct example *example)
{
    if (example->label == NULL)
        return;
    fputs(" \"", page->out);
    page__text(page, example->label);
    putc('"', page->out);
}

/* What a thread calls itself may look like several names, or like something else. */
static void put_detail(const struct page *page, const struct finding *finding, const struct example *example)
{
    char *quoted =
        finding->resource.kind == LW_THREAD ? escape__new_quoted(example->detail, strlen(example->detail)) : NULL;
    page__text(page, quoted ? quoted : example->detail);
    free(quoted);
}

static void put_example(const struct page *page, const struct finding *finding, const struct example *example)
{
    const char *name = id_name(finding);
    if (shows_id(page, example))
        fprintf(page->out, "%s %" PRIu64 "%s", name, example->id, example->detail ? ": " : "");
    if (example->detail != NULL)
        put_detail(page, finding, example);
    put_label(page, example);
}

/* "fd 3 and 4 more: /dev/null": all have the same detail, or none. */
static void put_alike(const struct page *page, const struct finding *finding)
{
    const struct example *example = &finding->resource.examples[0];
    const char *name = id_name(finding);
    if (shows_id(page, example) && finding->count > 1) {
        fprintf(page->out, "  %s %" PRIu64 " and ", name, example->id);
        page__number(page, finding->count - 1);
        fprintf(page->out, " more%s", example->detail ? ": " : "");
        if (example->detail != NULL)
            put_detail(page, finding, example);
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

static bool has_labels(const struct finding *finding)
{
    bool has = false;
    for (size_t i = 0; i < finding->resource.example_count; i++)
        has = has || finding->resource.examples[i].label != NULL;
    return has;
}

static void put_examples(const struct page *page, const struct finding *finding)
{
    const struct example *first = &finding->resource.examples[0];
    if (finding->resource.example_count == 0 || (!shows_id(page, first) && first->detail == NULL))
        return;
    if (finding->resource.details <= 1 && !has_labels(finding) && finding__fact(finding, FACT_PARTS) == NULL)
        put_alike(page, finding);
    else
        put_different(page, finding);
    putc('\n', page->out);
}

static void put_contrast(const struct page *page, const struct item *contrast, const char *verb)
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
        page__call(page, contrast->call);
        fputs(")", page->out);
    }
}

/* What has not come back may still do. */
static bool runs_still(const struct page *page, const struct finding *finding)
{
    return finding->process_count > 0 && strcmp(page->report->processes[finding->processes[0]].how, "running") == 0;
}

/* "1,000 opened here: 997 closed at conn.c:88 (close), 3 never". */
static void put_contrasts(const struct page *page, const struct finding *finding)
{
    const struct finding_kind *kind = kinds__words(finding);
    uint64_t elsewhere = 0;
    if (!(finding->kind->about & ABOUT_OTHERS) || finding->contrast_count == 0)
        return;
    fputs("  ", page->out);
    page__number(page, finding->siblings);
    fprintf(page->out, " %s here%s: ", kind->begun, finding->siblings_elsewhere ? ", in all scopes" : "");
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
    page__number(page, finding->never);
    fprintf(page->out, "%s %s\n", finding->siblings_elsewhere ? " of this scope" : "",
            runs_still(page, finding) ? "not yet" : "never");
}

static void put_spared(const struct page *page, const struct finding *finding)
{
    if (finding->spared == 0)
        return;
    fputs("  ", page->out);
    page__number(page, finding->spared);
    if (finding->kind->about & ABOUT_RELEASE)
        fprintf(page->out, " more here %s not counted: less is wrong with %s\n",
                words__plural(finding->spared, "is", "are"), words__plural(finding->spared, "it", "them"));
    else
        fputs(" more not counted: their processes had no chance to give them back\n", page->out);
}

static void put_pids(const struct page *page, const struct finding *finding)
{
    char number[WORDS];
    const struct process *processes = page->report->processes;
    size_t shown = 0, count = finding_processes__count(finding, processes);
    fprintf(page->out, "in %s processes", words__number(number, count));
    for (size_t i = 0; i < finding->process_count && shown < PIDS_SHOWN && !page->options->stable; i++)
        if (!finding_processes__is_again(finding, processes, i))
            fprintf(page->out, "%s%" PRIu32, shown++ > 0 ? ", " : " (pids ", processes[finding->processes[i]].pid);
    if (!page->options->stable)
        fprintf(page->out, "%s)", shown < count ? ", …" : "");
    if (finding->worst < finding->count)
        fprintf(page->out, ", at most %s in one", words__number(number, finding->worst));
}

/* What it is that lasts: threads are not held. */
static const char *lasting(const struct finding *finding)
{
    return finding->resource.kind == LW_THREAD ? "unjoined" : "held";
}

/* Who and how long: in one line. */
static void put_circumstances(const struct page *page, const struct finding *finding)
{
    char duration[WORDS];
    const char *separator = "  ";
    bool is_told = strstr(finding->kind->headline, "{before") != NULL;
    if (!is_told && finding->kind->about & ABOUT_HELD && finding->age_seconds >= WORDS_SHORTEST &&
        !page->options->stable) {
        fprintf(page->out, "%s%s%s for %s", separator, finding->count > 1 ? "the oldest was " : "", lasting(finding),
                words__duration(duration, finding->age_seconds));
        separator = "; ";
    }
    if (finding_processes__count(finding, page->report->processes) > 1) {
        fputs(separator, page->out);
        put_pids(page, finding);
        separator = "; ";
    } else if (finding->process_count > 0 && page->report->process_count > 1) {
        fprintf(page->out, "%sin ", separator);
        page__text(page, text_finding__program(page, finding));
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

static void put_later(const struct page *page, const struct finding *finding)
{
    bool is_headline = strstr(finding->kind->headline, "{later") != NULL;
    if (finding->later == NULL || is_headline)
        return;
    fputs("  ", page->out);
    page__words(page, finding->later);
    putc('\n', page->out);
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

/* Other stacks stand above, of what an item of a list tells: of threads that wait. */
static bool has_item_stacks(const struct finding *finding)
{
    for (size_t i = 0; i < finding->fact_count; i++)
        for (size_t k = 0; k < finding->facts[i].item_count; k++)
            if (finding->facts[i].items[k].text != NULL && finding->facts[i].items[k].stack != NULL)
                return true;
    return false;
}

static void put_title(const struct page *page, const struct finding *finding, const struct titled_stack *stack)
{
    if (facts__kind(stack->as)->label[0] != '\0')
        fprintf(page->out, "  %s:\n", facts__kind(stack->as)->label);
    else if (stack->as == FACT_ACQUIRED && has_item_stacks(finding))
        fprintf(page->out, "  %s here:\n", kinds__words(finding)->begun);
}

/* What the lines before have said comes first. */
static void put_stacks(const struct page *page, const struct finding *finding)
{
    const char *program = text_finding__module(page, finding);
    struct titled_stack stacks[TITLED_STACKS];
    size_t count = titled_stacks__of(finding, stacks);
    for (size_t i = 0; i < 2 * count; i++) {
        const struct titled_stack *stack = &stacks[i < count ? i : i - count];
        const struct fact_kind *as = facts__kind(stack->as);
        bool is_titled = as->label[0] != '\0';
        if (is_titled != (i >= count) || as->shown == SHOWN_NEVER ||
            (as->shown == SHOWN_IN_FULL && !page->options->full))
            continue;
        put_title(page, finding, stack);
        page__stack(page, stack->stack, "    ", program);
    }
    if (page->options->full)
        fprintf(page->out, "  fingerprint %s\n", finding->fingerprint);
}

/* Notes are told briefly: nothing has to be mended. */
static bool is_brief(const struct page *page, const struct finding *finding)
{
    return finding->level == LEVEL_NOTE && !page->options->full;
}

/* What the baseline, earlier runs, or the older one of two reports, have of it. */
static void put_growth(const struct page *page, const struct finding *finding)
{
    char before[WORDS], now[WORDS];
    if (finding->known > 0 && finding->rule == NULL)
        fprintf(page->out, "  %s %s in one process, now there are %s\n",
                finding->known_by_runs ? "earlier runs had at most" : "known are",
                words__number(before, finding->known), words__number(now, finding->worst));
}

static void put_line(const struct page *page, const char *indent, const char *sentence, const struct finding *finding,
                     const struct fact *fact)
{
    fputs(indent, page->out);
    page__sentence(page, sentence, finding, fact);
    putc('\n', page->out);
}

/* What is said of an item may name threads, and last so and so long. */
static void put_item(const struct page *page, const char *indent, const struct finding *finding,
                     const struct fact_kind *kind, const struct item *item)
{
    struct fact fact = fact__of_item(item);
    if (page->options->stable)
        fact.text = NULL;
    put_line(page, indent, kind->item, finding, &fact);
    if (item->text != NULL && item->stack != NULL && !is_brief(page, finding))
        page__stack(page, item->stack, "      ", text_finding__module(page, finding));
}

static void put_fact(const struct page *page, const struct finding *finding, const struct fact *fact)
{
    const struct fact_kind *kind = facts__kind(fact->id);
    if (kind->sentence != NULL)
        put_line(page, "  ", kind->sentence, finding, fact);
    bool is_short = kind->sentence != NULL && !page->options->full && fact->item_count > ITEMS_SHOWN;
    size_t shown = is_short ? ITEMS_SHOWN : fact->item_count;
    for (size_t i = 0; i < shown; i++)
        put_item(page, kind->sentence != NULL ? "    " : "  ", finding, kind, &fact->items[i]);
    if (is_short)
        fprintf(page->out, "    and %zu more\n", fact->item_count - shown);
}

/* The names of threads, by the only one's, or by who held what. */
static bool is_told_above(const struct finding *finding, enum fact_id id)
{
    return id == FACT_BY_THREADS &&
           (finding__text(finding, FACT_IN_THREADS) != NULL || finding__fact(finding, FACT_THREADS) != NULL);
}

/* What acquired it is told of where the headline names another place. */
static void put_facts(const struct page *page, const struct finding *finding)
{
    const struct fact acquired = {.id = finding->acquired_as, .stack = finding->acquired};
    if (acquired.stack != NULL && acquired.stack != kinds__main_stack(finding))
        put_fact(page, finding, &acquired);
    for (size_t i = 0; i < finding->fact_count; i++)
        if (finding->facts[i].id != FACT_IN_THREADS && !is_told_above(finding, finding->facts[i].id))
            put_fact(page, finding, &finding->facts[i]);
}

/* Who did it, if it was not the main thread: above all else. */
static void put_heading(const struct page *page, const struct finding *finding)
{
    const struct fact *threads = finding__fact(finding, FACT_IN_THREADS);
    if (threads != NULL)
        put_fact(page, finding, threads);
}

void page__particulars(const struct page *page, const struct finding *finding)
{
    put_heading(page, finding);
    put_examples(page, finding);
    put_growth(page, finding);
    if (!text_story__tells(finding)) {
        if (!page->options->stable || !finding->later_varies)
            put_later(page, finding);
        put_sentence(page, "in scope ", finding->scope);
    }
    put_facts(page, finding);
    if (is_brief(page, finding))
        return;
    put_contrasts(page, finding);
    put_spared(page, finding);
    put_circumstances(page, finding);
    put_also(page, finding);
}

void page__finding(const struct page *page, const struct finding *finding)
{
    text_finding__headline(page, finding);
    if (finding->told_live && page->options->refers) {
        fputs("  told above, while it hung\n\n", page->out);
        return;
    }
    page__particulars(page, finding);
    if (!is_brief(page, finding))
        put_stacks(page, finding);
    put_sentence(page, "suppressed by ", finding->rule);
    putc('\n', page->out);
}
