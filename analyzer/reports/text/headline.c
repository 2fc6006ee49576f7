/* The first line of a finding as text: what, how many, and where in the user's source. */
#include <string.h>

#include "finding.h"
#include "model/kinds.h"
#include "sentence.h"
#include "source/path.h"

static const enum ink level_inks[LEVELS] = {
    [LEVEL_NOTE] = INK_NOTE,
    [LEVEL_WARNING] = INK_WARNING,
    [LEVEL_ERROR] = INK_ERROR,
};

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
    {"signal", "still %s when a signal ended the process"},
    {"killed", "still %s when the process was killed"},
    {"exec", "still %s when the process executed another program"},
    {"running", "%s now, in a process that still runs"},
    {"exit", "%s when the process ended"},
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

void page__headline(const struct page *page, const struct finding *finding)
{
    page__sentence(page, finding->kind->headline, finding, NULL);
}

void text_finding__headline(const struct page *page, const struct finding *finding)
{
    page__ink(page, level_inks[finding->level]);
    fprintf(page->out, "%s:", level__name(finding->level));
    page__ink(page, INK_PLAIN);
    putc(' ', page->out);
    page__headline(page, finding);
    page__ink(page, INK_FAINT);
    fprintf(page->out, " [%s]", finding->kind->name);
    page__ink(page, INK_PLAIN);
    putc('\n', page->out);
}
