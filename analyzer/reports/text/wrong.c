/* Findings about releases that went wrong, as text. */
#include "wrong.h"

#include <string.h>

#include "model/kinds.h"
#include "model/resource.h"
#include "reports/words.h"
#include "symbol/stacks.h"

static bool is_kind(const struct finding *finding, enum kind_id kind)
{
    return finding->kind == kinds__get(kind);
}

bool text_wrong__tells(const struct finding *finding)
{
    return finding->kind->is_about_release;
}

/* ---- Headlines --------------------------------------------------------------------------------------------------- */

static void put_times(const struct page *page, uint64_t count)
{
    if (count == 1) {
        fputs(" once", page->out);
        return;
    }
    putc(' ', page->out);
    page__number(page, count);
    fputs(" times", page->out);
}

static void put_error(const struct page *page, int error)
{
    const char *name = errno_name(error);
    if (error != 0)
        fprintf(page->out, " with %s", name ? name : strerror(error));
}

static void put_resources(const struct page *page, const struct finding *finding)
{
    page__number(page, finding->count);
    fprintf(page->out, " %s ", resource__noun(finding->resource.kind, finding->count));
}

/* What the verdict makes of a failure. */
static const struct judgement {
    const char *verdict, *text;
} judgements[] = {
    {"ignored", "and nobody looked"},
    {"checked_some_paths", "which is looked at on some paths only"},
    {"unknown", "and whether anybody looked cannot be told"},
};

static void put_swallowed(const struct page *page, const struct finding *finding)
{
    page__call(page, finding->call ? finding->call : "a release");
    fputs(" failed", page->out);
    put_times(page, finding->count);
    put_error(page, finding->error);
    for (size_t i = 0; i < sizeof judgements / sizeof judgements[0]; i++)
        if (finding->verdict != NULL && strcmp(judgements[i].verdict, finding->verdict) == 0)
            fprintf(page->out, ", %s,", judgements[i].text);
}

static void put_lost(const struct page *page, const struct finding *finding)
{
    put_resources(page, finding);
    if (finding->released == NULL) {
        fputs("could not be written at exit", page->out);
        put_error(page, finding->error);
        putc(',', page->out);
        return;
    }
    fputs("lost what was written", page->out);
    put_error(page, finding->error);
}

static void put_unchecked(const struct page *page, const struct finding *finding)
{
    page__call(page, finding->call ? finding->call : "a release");
    fputs(" of ", page->out);
    page__number(page, finding->count);
    fprintf(page->out, " writable %s is not looked at,", resource__noun(finding->resource.kind, finding->count));
}

static void put_invalid(const struct page *page, const struct finding *finding)
{
    page__text(page, finding->wrong.said ? finding->wrong.said : "a release of nothing");
    fputs(" called", page->out);
    put_times(page, finding->count);
}

static void put_wrong(const struct page *page, const struct finding *finding)
{
    put_resources(page, finding);
    fputs(finding->wrong.said ? finding->wrong.said : finding->kind->missed, page->out);
}

static const struct headline {
    enum kind_id kind;
    void (*put)(const struct page *page, const struct finding *finding);
    bool names_call; /* the place does not have to */
} headlines[] = {
    {KIND_SWALLOWED_ERROR, put_swallowed, true}, {KIND_UNCHECKED_RELEASE, put_unchecked, true},
    {KIND_INVALID_RELEASE, put_invalid, true},   {KIND_LOST_WRITE, put_lost, false},
    {KIND_DOUBLE_CLOSE, put_wrong, false},       {KIND_FOREIGN_CLOSE, put_wrong, false},
    {KIND_CLOBBERED_FD, put_wrong, false},       {KIND_USE_AFTER_CLOSE, put_wrong, false},
};

void text_wrong__headline(const struct page *page, const struct finding *finding)
{
    for (size_t i = 0; i < sizeof headlines / sizeof headlines[0]; i++) {
        if (!is_kind(finding, headlines[i].kind))
            continue;
        headlines[i].put(page, finding);
        if (!headlines[i].names_call && finding->released != NULL && finding->call != NULL) {
            fputs(", by ", page->out);
            page__call(page, finding->call);
        }
    }
}

/* ---- Lines ------------------------------------------------------------------------------------------------------- */

static void put_place(const struct page *page, const struct frame *frame)
{
    if (frame == NULL)
        return;
    fputs(" at ", page->out);
    page__place(page, frame);
    if (frame->function != NULL) {
        fputs(" in ", page->out);
        page__text(page, frame->function);
    }
}

static void put_evidence(const struct page *page, const struct finding *finding)
{
    if (finding->wrong.told == NULL)
        return;
    fputs("  the result ", page->out);
    page__text(page, finding->wrong.told);
    put_place(page, finding->wrong.decided);
    putc('\n', page->out);
}

static void put_victim(const struct page *page, const struct finding *finding)
{
    if (finding->wrong.victim == NULL)
        return;
    fputs("  what was closed instead had been opened", page->out);
    if (finding->wrong.victim_call != NULL) {
        fputs(" by ", page->out);
        page__call(page, finding->wrong.victim_call);
    }
    put_place(page, stack__user_frame(finding->wrong.victim));
    putc('\n', page->out);
}

void text_wrong__lines(const struct page *page, const struct finding *finding)
{
    if (finding->wrong.was_last)
        fputs("  the process ended in this call, or at once after it\n", page->out);
    if (!is_kind(finding, KIND_SWALLOWED_ERROR) && !is_kind(finding, KIND_LOST_WRITE) && finding->error != 0) {
        fputs("  the call failed", page->out);
        put_error(page, finding->error);
        putc('\n', page->out);
    }
    put_evidence(page, finding);
    put_victim(page, finding);
}

/* ---- Stacks ------------------------------------------------------------------------------------------------------ */

static void put_stack(const struct page *page, const char *title, const struct stack *stack, const char *program)
{
    if (stack == NULL)
        return;
    fputs(title, page->out);
    page__stack(page, stack, "    ", program);
}

void text_wrong__stacks(const struct page *page, const struct finding *finding, const char *program)
{
    bool is_invalid = is_kind(finding, KIND_INVALID_RELEASE) && finding->later != NULL,
         is_use = is_kind(finding, KIND_USE_AFTER_CLOSE);
    put_stack(page, "", finding->released, program);
    put_stack(page, is_use ? "  closed by:\n" : "  the first release:\n", finding->first_release, program);
    put_stack(page, is_invalid ? "  what had failed before:\n" : "  opened by:\n", finding->acquired, program);
    put_stack(page, "  what was closed instead, opened by:\n", finding->wrong.victim, program);
}

/* ---- Sums -------------------------------------------------------------------------------------------------------- */

static uint64_t sum(const struct results *results)
{
    return results->checked + results->checked_some_paths + results->ignored + results->returned + results->unknown;
}

static void put_results(const struct page *page, const struct results *results)
{
    const struct {
        uint64_t count;
        const char *text;
    } rows[] = {
        {results->checked, "looked at"},     {results->checked_some_paths, "looked at on some paths"},
        {results->ignored, "ignored"},       {results->returned, "returned to who was not recorded"},
        {results->unknown, "not decidable"},
    };
    const char *separator = ": ";
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].count == 0)
            continue;
        fputs(separator, page->out);
        page__number(page, rows[i].count);
        fprintf(page->out, " %s", rows[i].text);
        separator = ", ";
    }
}

static void put_sum(const struct page *page, const struct results *results, const char *one, const char *many)
{
    uint64_t count = sum(results);
    page__number(page, count);
    fprintf(page->out, " %s", words__plural(count, one, many));
    put_results(page, results);
}

void text_wrong__sums(const struct page *page)
{
    const struct report *report = page->report;
    uint64_t sites = sum(&report->sites);
    if (report->injected > 0) {
        page__number(page, report->injected);
        fprintf(page->out, " %s injected\n", words__plural(report->injected, "failure was", "failures were"));
    }
    if (sum(&report->failures) > 0) {
        put_sum(page, &report->failures, "release, sync or shutdown failed", "releases, syncs and shutdowns failed");
        putc('\n', page->out);
    }
    if (!report->audited)
        return;
    put_sum(page, &report->sites, "call releases something writable", "calls release something writable");
    if (sites > 0)
        fprintf(page->out, " (%.1f %% not decidable)", 100.0 * (double)report->sites.unknown / (double)sites);
    putc('\n', page->out);
}
