/* Findings about scopes as text. */
#include "story.h"

#include <inttypes.h>
#include <string.h>

#include "model/kinds.h"
#include "model/resource.h"
#include "base/words.h"

bool text_story__tells(const struct finding *finding)
{
    return finding->kind->about & ABOUT_SCOPE || finding__fact(finding, FACT_LEFT) != NULL;
}

/* ---- Headlines --------------------------------------------------------------------------------------------------- */

void text_story__name(const struct page *page, const char *path)
{
    static const char separator[] = " > ";
    const char *name = path;
    for (const char *at = path; (at = strstr(at, separator)) != NULL; name = at)
        at += strlen(separator);
    page__text(page, name);
}

static void put_number(const struct page *page, const char *before, uint64_t count, const char *after)
{
    fputs(before, page->out);
    page__number(page, count);
    fputs(after, page->out);
}

/* "only when request failed (23 of 1,000)" */
static void put_entries(const struct page *page, const struct finding *finding)
{
    uint64_t ended = finding__count(finding, FACT_ENDED), left = finding__count(finding, FACT_LEFT),
             failed = finding__count(finding, FACT_LEFT_FAILED);
    if (finding__fact(finding, FACT_OTHERS) != NULL) {
        fputs("only when ", page->out);
        text_story__name(page, finding->scope);
        put_number(page, " failed (", left, " of ");
        put_number(page, "", ended, ")");
        return;
    }
    fputs("in ", page->out);
    if (ended > 1) {
        put_number(page, "", left, " of ");
        put_number(page, "", ended, " ");
    }
    text_story__name(page, finding->scope);
    if (failed > 0 && failed == left)
        fputs(left == 1 ? ", which failed" : ", all failed", page->out);
    else if (failed > 0)
        put_number(page, ", ", failed, " failed");
}

void text_story__left(const struct page *page, const struct finding *finding)
{
    const struct finding_kind *words = kinds__words(finding);
    uint64_t late = finding__count(finding, FACT_LATE);
    bool alone = finding__fact(finding, FACT_PARTS) == NULL;
    if (finding__fact(finding, FACT_THREAD) != NULL || finding__count(finding, FACT_ENDED) == 0)
        page__text(page, finding->scope ? finding->scope : "?");
    else
        put_entries(page, finding);
    put_number(page, ": ", finding->count, " ");
    if (alone)
        fprintf(page->out, "%s ", resource__noun(finding->resource.kind, finding->count));
    if (late > 0 && late < finding->count)
        put_number(page, "left, ", finding->count - late, " ");
    if (late >= finding->count)
        fprintf(page->out, "%s late", alone ? words->ended : "given back");
    else
        fputs(alone ? words->missed : "never given back", page->out);
}

/* ---- Lines ------------------------------------------------------------------------------------------------------- */

void text_story__delay(const struct page *page, const struct finding *finding, const struct fact *late)
{
    const struct fact *middle = finding__fact(finding, FACT_LATE_MEDIAN);
    char median[WORDS], longest[WORDS];
    if (page->options->stable)
        return;
    if (late->count > 1 && late->seconds < WORDS_SHORTEST)
        fputs("within 10 ms ", page->out);
    else if (late->count == 1 || middle == NULL)
        fprintf(page->out, "%s ", words__duration(longest, late->seconds));
    else
        fprintf(page->out, "%s (median) and at most %s ", words__duration(median, middle->seconds),
                words__duration(longest, late->seconds));
}

/* ---- Heading ----------------------------------------------------------------------------------------------------- */

/* Of one entry there are no statistics; how much it left say the findings that follow. */
static void put_only_entry(const struct page *page, const struct scope_summary *scope)
{
    fprintf(page->out, "  entered once, and %s", scope->ended == 0 ? "not ended" : scope->failed ? "failed" : "ended");
    if (scope->left > 0)
        fputs("; left something held", page->out);
}

static void put_counts(const struct page *page, const struct scope_summary *scope)
{
    uint64_t still = scope->entered - scope->ended;
    put_number(page, "  ", scope->entered, " entered: ");
    put_number(page, "", scope->clean, " ended clean");
    put_number(page, ", ", scope->failed, " failed");
    if (still > 0)
        put_number(page, ", ", still, " not ended");
    if (scope->left > 0)
        put_number(page, "; ", scope->left, " left something held");
    if (scope->most > 0)
        put_number(page, "; ", scope->most, " held at most");
}

/* Does another program have a scope of this name, of which this is not told? */
static bool is_elsewhere(const struct page *page, const struct scope_summary *scope)
{
    uint32_t processes = 0;
    for (size_t i = 0; i < page->report->scope_count; i++)
        if (strcmp(page->report->scopes[i].path, scope->path) == 0)
            processes += page->report->scopes[i].processes;
    return processes > scope->processes;
}

static void put_title(const struct page *page, const struct scope_summary *scope)
{
    page__ink(page, INK_STRONG);
    fputs(scope->is_thread ? "" : "scope ", page->out);
    page__text(page, scope->path);
    page__ink(page, INK_PLAIN);
    if (scope->program != NULL && is_elsewhere(page, scope)) {
        fputs(" of ", page->out);
        page__text(page, scope->program);
        fputs(scope->is_of_several ? " and others" : "", page->out);
    }
    putc('\n', page->out);
}

void text_story__heading(const struct page *page, const struct scope_summary *scope)
{
    char median[WORDS], p99[WORDS];
    put_title(page, scope);
    if (scope->processes == 0 || scope->is_thread)
        return;
    if (scope->entered > 1)
        put_counts(page, scope);
    else
        put_only_entry(page, scope);
    if (scope->entered > 1 && scope->median >= 0 && !page->options->stable)
        fprintf(page->out, "; half within %s, 99 %% within %s", words__brief(median, scope->median),
                words__brief(p99, scope->p99));
    putc('\n', page->out);
}
