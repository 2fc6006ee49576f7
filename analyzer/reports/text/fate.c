/* Whose a finding's resources were, and what became of them, in the words of its first line. */
#include <string.h>

#include "finding.h"
#include "model/kinds.h"
#include "source/path.h"

const char *text_finding__program(const struct page *page, const struct finding *finding)
{
    if (finding->process_count == 0)
        return "?";
    return page->report->processes[finding->processes[0]].name;
}

const char *text_finding__module(const struct page *page, const struct finding *finding)
{
    return finding->process_count > 0 ? base_name(page->report->processes[finding->processes[0]].exe) : "?";
}

/* What a process held that had no chance to give it back, in the words of its end. */
static const struct excuse {
    const char *how, *before, *text;
} excuses[] = {
    {"detached", "still ", "when leakwatch let the process go"},
    {"exec", "still ", "when the process executed another program"},
    {"signal", "still ", "when a signal ended the process"},
    {"killed", "still ", "when the process was killed"},
    {"exit", "", "when the process ended"},
    {"running", "", "now, in a process that still runs"},
};
enum { EXCUSES = sizeof excuses / sizeof excuses[0] };

static uint64_t count_by_end(const struct page *page, const struct finding *finding, const char *how)
{
    uint64_t count = 0;
    for (size_t i = 0; i < finding->process_count; i++)
        if (strcmp(page->report->processes[finding->processes[i]].how, how) == 0)
            count += finding->shares[i];
    return count;
}

/* Processes may have ended in several ways, and each of them is so many's excuse. */
static void put_excuse(const struct page *page, const struct finding *finding)
{
    const char *still = kinds__words(finding)->still, *separator = " (";
    uint64_t counts[EXCUSES];
    size_t ways = 0, way = 0;
    for (size_t i = 0; i < EXCUSES; i++) {
        counts[i] = count_by_end(page, finding, excuses[i].how);
        ways += counts[i] > 0;
        way = counts[i] > 0 ? i : way;
    }
    fprintf(page->out, "%s%s%s%s", ways == 1 ? excuses[way].before : "still ", still, ways == 1 ? " " : "",
            ways == 1 ? excuses[way].text : "");
    for (size_t i = 0; i < EXCUSES && ways > 1; i++) {
        if (counts[i] == 0)
            continue;
        fputs(separator, page->out);
        page__number(page, counts[i]);
        fprintf(page->out, " %s", excuses[i].text);
        separator = ", ";
    }
    fputs(ways > 1 ? ")" : "", page->out);
}

void text_finding__fate(const struct page *page, const struct finding *finding)
{
    if (finding->held_to_end)
        fputs("held to the end", page->out);
    else if (finding->level < finding->kind->level && finding->process_count > 0)
        put_excuse(page, finding);
    else
        fputs(finding->kind->missed, page->out);
}
