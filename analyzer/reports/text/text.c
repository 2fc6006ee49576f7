/* The report as text: what people see most. Findings, most expensive first; then how the processes ended; the last
 * lines say how much there is and how to see more. */
#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "connections.h"
#include "held.h"
#include "locks.h"
#include "model/kinds.h"
#include "page.h"
#include "base/words.h"
#include "rule/baseline.h"
#include "rule/suppressions.h"
#include "story.h"
#include "sums.h"

enum { FINDINGS_SHOWN = 10, SCOPES_SHOWN = 20 };

static size_t shown(const struct report_options *options, size_t count)
{
    size_t top = options->top_is_given ? options->top : FINDINGS_SHOWN;
    return top > 0 && top < count ? top : count;
}

/* Paths are of one pool: equal ones have one address. */
static bool is_of_scope(const struct finding *finding, const struct scope_summary *scope)
{
    return text_story__tells(finding) && finding->scope == scope->path && finding->entries.programs == scope->programs;
}

static bool is_first_of_scope(const struct report *report, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (is_of_scope(&report->findings[i], &report->findings[index].entries))
            return false;
    return true;
}

/* What is to be said of one scope stands together, where the worst of it belongs. */
static void put_scope(const struct page *page, size_t first, size_t count)
{
    const struct scope_summary *scope = &page->report->findings[first].entries;
    text_story__heading(page, scope);
    for (size_t i = first; i < count; i++)
        if (is_of_scope(&page->report->findings[i], scope))
            page__finding(page, &page->report->findings[i]);
}

static bool is_among(const struct report *report, const struct finding *finding, const char *program)
{
    for (size_t i = 0; i < finding->process_count; i++)
        if (report->processes[finding->processes[i]].command == program)
            return true;
    return false;
}

static bool is_told_of(const struct report *report, size_t findings, const struct scope_summary *scope)
{
    for (size_t i = 0; i < findings; i++) {
        const struct finding *finding = &report->findings[i];
        if (text_story__tells(finding) && finding->scope == scope->path && is_among(report, finding, scope->program))
            return true;
    }
    return false;
}

/* Scopes that were asked for, and of which nothing has been told yet. */
static void put_other_scopes(const struct page *page, size_t findings)
{
    const struct report *report = page->report;
    size_t told = 0, left_out = 0;
    for (size_t i = 0; page->options->scope != NULL && i < report->scope_count; i++) {
        if (is_told_of(report, findings, &report->scopes[i]))
            continue;
        if (told++ < SCOPES_SHOWN || page->options->full)
            text_story__heading(page, &report->scopes[i]);
        else
            left_out++;
    }
    if (left_out > 0)
        fprintf(page->out, "… and %zu more %s (--full shows all)\n", left_out,
                words__plural(left_out, "scope", "scopes"));
    if (told > 0)
        putc('\n', page->out);
}

static size_t count_held(const struct page *page)
{
    size_t count = 0;
    for (size_t i = 0; i < page->report->finding_count; i++)
        count += text_held__tells(page, &page->report->findings[i]);
    return count;
}

/* Of what was held to the end, as many lines as have room beside the findings that are told at length. */
static size_t put_held(const struct page *page, size_t told)
{
    const struct report_options *options = page->options;
    if (!options->top_is_given)
        return text_held__block(page, FINDINGS_SHOWN);
    if (options->top == 0)
        return text_held__block(page, SIZE_MAX);
    return text_held__block(page, options->top > told ? options->top - told : 0);
}

/* The first so many; what was held to the end takes no place among them, and comes before the notes. */
static void put_findings(const struct page *page)
{
    const struct report *report = page->report;
    size_t held = count_held(page), told = shown(page->options, report->finding_count - held), count = told;
    size_t left_out = report->finding_count - held - told;
    bool is_held_told = false;
    for (size_t i = 0; i < report->finding_count && i < count; i++) {
        const struct finding *finding = &report->findings[i];
        if (finding->level == LEVEL_NOTE && !is_held_told) {
            left_out += put_held(page, told);
            is_held_told = true;
        }
        if (text_held__tells(page, finding))
            count++;
        else if (!text_story__tells(finding) || finding->scope == NULL)
            page__finding(page, finding);
        else if (is_first_of_scope(report, i))
            put_scope(page, i, count);
    }
    if (!is_held_told)
        left_out += put_held(page, told);
    if (left_out > 0)
        fprintf(page->out, "… and %zu more %s (--top 0 shows all)\n\n", left_out,
                words__plural(left_out, "finding", "findings"));
    for (size_t i = 0; page->options->show_suppressed && i < report->suppressed_count; i++)
        page__finding(page, &report->findings[report->finding_count + i]);
    put_other_scopes(page, count);
}

static void put_unused_rules(const struct page *page)
{
    const struct suppression *rule;
    if (page->options->suppressions == NULL)
        return;
    for (size_t i = 0; (rule = suppressions__get(page->options->suppressions, i)) != NULL; i++) {
        if (rule->is_built_in || rule->used)
            continue;
        page__text(page, rule->list);
        fprintf(page->out, ":%u: suppressed nothing: ", rule->line);
        page__text(page, rule->text);
        putc('\n', page->out);
    }
}

static void put_levels(const struct page *page)
{
    static const struct {
        enum level level;
        const char *one, *many;
    } lines[] = {
        {LEVEL_ERROR, "error", "errors"}, {LEVEL_WARNING, "warning", "warnings"}, {LEVEL_NOTE, "note", "notes"}};
    const char *separator = "";
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        uint64_t findings = 0;
        for (size_t k = 0; k < page->report->finding_count; k++)
            findings += page->report->findings[k].level == lines[i].level;
        if (findings == 0)
            continue;
        fputs(separator, page->out);
        page__number(page, findings);
        fprintf(page->out, " %s", words__plural(findings, lines[i].one, lines[i].many));
        separator = ", ";
    }
}

/* What can be held; failures are no resources. What came back late came back. */
enum return_of { NEVER, LATE, TO_END, GROWING };

static bool is_of(const struct finding *finding, enum return_of which)
{
    if (finding->kind->about & ABOUT_GROWTH)
        return which == GROWING;
    return which != GROWING && finding->held_to_end == (which == TO_END);
}

static uint64_t count_resources(const struct report *report, enum level least, enum return_of which)
{
    uint64_t count = 0;
    for (size_t i = 0; i < report->finding_count; i++) {
        const struct finding *finding = &report->findings[i];
        uint64_t later = finding->kind->about & ABOUT_LATE ? finding->count : finding__count(finding, FACT_LATE);
        if (finding->level < least || !kinds__has_resource(finding) ||
            finding->kind->about & (ABOUT_RELEASE | ABOUT_WAIT) || !is_of(finding, which))
            continue;
        count += which == LATE ? later : finding->count - (later < finding->count ? later : finding->count);
    }
    return count;
}

static void put_resources(const struct page *page)
{
    static const struct {
        enum return_of which;
        const char *one, *many;
    } sums[] = {{NEVER, "resource never given back", "resources never given back"},
                {LATE, "given back late", "given back late"},
                {TO_END, "resource held to the end", "resources held to the end"},
                {GROWING, "resource held, and growing", "resources held, and growing"}};
    const char *separator = ": ";
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        uint64_t count = count_resources(page->report, LEVEL_WARNING, sums[i].which);
        if (count == 0)
            continue;
        fputs(separator, page->out);
        page__number(page, count);
        fprintf(page->out, " %s", words__plural(count, sums[i].one, sums[i].many));
        separator = ", ";
    }
}

enum set_aside { BY_BASELINE, BY_RUNS, BY_SUPPRESSIONS };

static enum set_aside who_set_aside(const struct finding *finding)
{
    return finding->known == 0 ? BY_SUPPRESSIONS : finding->known_by_runs ? BY_RUNS : BY_BASELINE;
}

static void put_set_aside(const struct page *page, enum set_aside by, const char *words)
{
    uint64_t count = 0;
    for (size_t i = 0; i < page->report->suppressed_count; i++) {
        const struct finding *finding = &page->report->findings[page->report->finding_count + i];
        count += who_set_aside(finding) == by ? finding->count : 0;
    }
    if (count == 0)
        return;
    fputs("; ", page->out);
    page__number(page, count);
    fprintf(page->out, " %s%s", words, page->options->show_suppressed ? "" : " (--show-suppressed shows them)");
}

static void put_gone(const struct page *page)
{
    const struct baseline_row *row;
    for (size_t i = 0; page->report->baseline && (row = baseline__gone(page->report->baseline, i)) != NULL; i++) {
        fprintf(page->out, "gone: %s %s, ", row->kind, row->fingerprint);
        page__text(page, row->where ? row->where : "");
        fputs(": the baseline still has it (--update-baseline)\n", page->out);
    }
}

void page__totals(const struct page *page)
{
    if (page->report->finding_count == 0) {
        fputs(page->report->process_count > 0 ? "no findings" : "nothing was watched", page->out);
    } else {
        put_levels(page);
        put_resources(page);
    }
}

static void put_totals(const struct page *page)
{
    page__ink(page, INK_STRONG);
    page__totals(page);
    page__ink(page, INK_PLAIN);
    if (page->report->expected > 0) {
        fputs("; ", page->out);
        page__number(page, page->report->expected);
        fputs(" held on purpose", page->out);
    }
    put_set_aside(page, BY_BASELINE, "known in the baseline");
    put_set_aside(page, BY_RUNS, "known from earlier runs");
    put_set_aside(page, BY_SUPPRESSIONS, "suppressed");
    putc('\n', page->out);
    if (page->options->more != NULL && page->report->finding_count > 0) {
        fputs("more: ", page->out);
        page__text(page, page->options->more);
        putc('\n', page->out);
    }
}

void text__print(FILE *out, const struct report *report, const struct report_options *options)
{
    struct page page = {.out = out, .report = report, .options = options};
    put_findings(&page);
    text_locks__table(&page);
    text_connections__list(&page);
    page__processes(&page);
    text_locks__longest(&page);
    put_unused_rules(&page);
    put_gone(&page);
    text_sums__put(&page);
    put_totals(&page);
}
