/* The first line of a finding as text: what, how many, and where in the user's source. */
#include "finding.h"
#include "model/kinds.h"
#include "sentence.h"

static const enum ink level_inks[LEVELS] = {
    [LEVEL_NOTE] = INK_NOTE,
    [LEVEL_WARNING] = INK_WARNING,
    [LEVEL_ERROR] = INK_ERROR,
};

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
