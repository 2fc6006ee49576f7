/* The report as text: what people see most. Findings, most expensive first; then how the processes ended; the last
 * lines say how much there is and how to see more. */
#include <inttypes.h>
#include <string.h>

#include "../findings/kinds.h"
#include "../suppressions.h"
#include "page.h"
#include "text_story.h"
#include "text_wrong.h"
#include "words.h"

enum { FINDINGS_SHOWN = 10 };

static size_t shown(const struct report_options *options, size_t count)
{
    size_t top = options->top_is_given ? options->top : FINDINGS_SHOWN;
    return top > 0 && top < count ? top : count;
}

static const struct scope_summary *summary_of(const struct report *report, const char *path)
{
    for (size_t i = 0; path != NULL && i < report->scope_count; i++)
        if (strcmp(report->scopes[i].path, path) == 0)
            return &report->scopes[i];
    return NULL;
}

static bool is_of_scope(const struct finding *finding, const char *path)
{
    return text_story__tells(finding) && finding->scope != NULL && strcmp(finding->scope, path) == 0;
}

static bool is_first_of_scope(const struct report *report, size_t index)
{
    const struct finding *finding = &report->findings[index];
    if (!text_story__tells(finding) || finding->scope == NULL)
        return false;
    for (size_t i = 0; i < index; i++)
        if (is_of_scope(&report->findings[i], finding->scope))
            return false;
    return true;
}

/* What is to be said of one scope stands together, where the worst of it belongs. */
static void put_scope(const struct page *page, size_t first, size_t count)
{
    const char *path = page->report->findings[first].scope;
    const struct scope_summary *summary = summary_of(page->report, path);
    if (summary != NULL)
        text_story__heading(page, summary);
    for (size_t i = first; i < count; i++)
        if (is_of_scope(&page->report->findings[i], path))
            page__finding(page, &page->report->findings[i]);
}

static void put_findings(const struct page *page)
{
    const struct report *report = page->report;
    size_t count = shown(page->options, report->finding_count);
    for (size_t i = 0; i < count; i++)
        if (is_first_of_scope(report, i))
            put_scope(page, i, count);
        else if (!text_story__tells(&report->findings[i]) || report->findings[i].scope == NULL)
            page__finding(page, &report->findings[i]);
    if (count < report->finding_count)
        fprintf(page->out, "… and %zu more findings (--top 0 shows all)\n\n", report->finding_count - count);
    for (size_t i = 0; page->options->show_suppressed && i < report->suppressed_count; i++)
        page__finding(page, &report->findings[report->finding_count + i]);
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

/* What can be held and was not given back; failures are no resources. */
static uint64_t count_resources(const struct report *report, enum level least)
{
    uint64_t count = 0;
    for (size_t i = 0; i < report->finding_count; i++)
        if (report->findings[i].level >= least && report->findings[i].resource.kind != LW_KIND_NONE &&
            !text_wrong__tells(&report->findings[i]))
            count += report->findings[i].count;
    return count;
}

static void put_suppressed(const struct page *page)
{
    uint64_t count = 0;
    for (size_t i = 0; i < page->report->suppressed_count; i++)
        count += page->report->findings[page->report->finding_count + i].count;
    if (count == 0)
        return;
    fputs("; ", page->out);
    page__number(page, count);
    fprintf(page->out, " suppressed%s", page->options->show_suppressed ? "" : " (--show-suppressed shows them)");
}

static void put_totals(const struct page *page)
{
    uint64_t leaked = count_resources(page->report, LEVEL_WARNING);
    page__ink(page, INK_STRONG);
    if (page->report->finding_count == 0) {
        fputs(page->report->process_count > 0 ? "no findings" : "nothing was watched", page->out);
    } else {
        put_levels(page);
        if (leaked > 0) {
            fputs(": ", page->out);
            page__number(page, leaked);
            fprintf(page->out, " %s never given back", words__plural(leaked, "resource", "resources"));
        }
    }
    page__ink(page, INK_PLAIN);
    put_suppressed(page);
    if (page->report->expected > 0) {
        fputs("; ", page->out);
        page__number(page, page->report->expected);
        fputs(" held on purpose, the program says", page->out);
    }
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
    page__processes(&page);
    put_unused_rules(&page);
    text_wrong__sums(&page);
    put_totals(&page);
}
