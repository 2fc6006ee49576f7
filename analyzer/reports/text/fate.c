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
    const char *how, *text;
} excuses[] = {
    {"signal", "still %s when a signal ended the process"},         {"killed", "still %s when the process was killed"},
    {"exec", "still %s when the process executed another program"}, {"running", "%s now, in a process that still runs"},
    {"detached", "still %s when leakwatch let the process go"},     {"exit", "%s when the process ended"},
};

static void put_excuse(const struct page *page, const struct finding *finding)
{
    const char *how = page->report->processes[finding->processes[0]].how;
    for (size_t i = 0; i < sizeof excuses / sizeof excuses[0]; i++)
        if (strcmp(excuses[i].how, how) == 0)
            fprintf(page->out, excuses[i].text, kinds__words(finding)->still);
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
