/* How many failures the program looked at, and what the audit saw, as text. */
#include "sums.h"

#include "base/words.h"

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

void text_sums__put(const struct page *page)
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
