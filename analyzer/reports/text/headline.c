/* The first line of a finding as text: what, how many, and where in the user's source. */
#include <errno.h>
#include <string.h>

#include "finding.h"
#include "model/kinds.h"
#include "model/resource.h"
#include "source/path.h"
#include "story.h"
#include "symbol/stacks.h"
#include "wrong.h"

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

bool text_finding__is_leak(const struct finding *finding)
{
    return finding->kind != kinds__get(KIND_FD_EXHAUSTED) && finding->kind != kinds__get(KIND_LIMIT_REACHED) &&
           finding->kind != kinds__get(KIND_UNTRACKED_FD) && finding->kind != kinds__get(KIND_UNBALANCED_SCOPE) &&
           !text_wrong__tells(finding);
}

/* Then it speaks of more than its own resources. */
bool text_finding__has_parts(const struct finding *finding)
{
    return finding->story != NULL && finding->story->part_count > 0;
}

bool text_finding__is_disorder(const struct finding *finding)
{
    return finding->kind == kinds__get(KIND_RELEASE_ORDER);
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
    const char *held = kinds__words(finding) == kinds__get(KIND_CHILD_LEAK) ? "not waited for" : "open";
    for (size_t i = 0; i < sizeof excuses / sizeof excuses[0]; i++)
        if (strcmp(excuses[i].how, how) == 0)
            fprintf(page->out, excuses[i].text, held);
}

static void put_what(const struct page *page, const struct finding *finding)
{
    const struct finding_kind *kind = finding->kind;
    page__number(page, finding->count);
    fprintf(page->out, " %s ", resource__noun(finding->resource.kind, finding->count));
    if (finding->held_to_end)
        fputs("held to the end", page->out);
    else if (finding->level < kind->level && finding->process_count > 0)
        put_excuse(page, finding);
    else
        fputs(kind->missed, page->out);
}

static void put_failure(const struct page *page, const struct finding *finding)
{
    const char *name = errno_name(finding->error);
    page__call(page, finding->call ? finding->call : "a call");
    fputs(" failed ", page->out);
    if (finding->count == 1) {
        fputs("once", page->out);
    } else {
        page__number(page, finding->count);
        fputs(" times", page->out);
    }
    bool is_other = finding->kind == kinds__get(KIND_LIMIT_REACHED);
    fprintf(page->out, " with %s: %s", name ? name : strerror(finding->error),
            finding->error == ENFILE ? "the system's table of files was full"
            : is_other               ? "another limit than that of descriptors was reached"
                                     : "no descriptor was left");
}

static void put_where(const struct page *page, const struct finding *finding)
{
    bool is_unbalanced = finding->kind == kinds__get(KIND_UNBALANCED_SCOPE);
    const struct frame *frame = stack__user_frame(kinds__main_stack(finding));
    if (is_unbalanced && frame != NULL)
        putc(',', page->out);
    if (text_finding__is_leak(finding) && finding->call != NULL) {
        fprintf(page->out, "%s %s by ", text_finding__has_parts(finding) ? "" : ",", kinds__words(finding)->begun);
        page__call(page, finding->call);
    }
    if (frame == NULL) {
        fputs(" in ", page->out);
        page__text(page, text_finding__program(page, finding));
        return;
    }
    fputs(" at ", page->out);
    page__ink(page, INK_STRONG);
    page__place(page, frame);
    page__ink(page, INK_PLAIN);
    if (frame->function != NULL) {
        fputs(" in ", page->out);
        page__text(page, frame->function);
    }
}

void page__headline(const struct page *page, const struct finding *finding)
{
    if (finding->kind == kinds__get(KIND_FD_EXHAUSTED) || finding->kind == kinds__get(KIND_LIMIT_REACHED))
        put_failure(page, finding);
    else if (text_story__tells(finding))
        text_story__headline(page, finding);
    else if (text_wrong__tells(finding))
        text_wrong__headline(page, finding);
    else
        put_what(page, finding);
    put_where(page, finding);
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
