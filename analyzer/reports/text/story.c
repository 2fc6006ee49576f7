/* Findings about scopes as text. */
#include "story.h"

#include <inttypes.h>
#include <string.h>

#include "model/kinds.h"
#include "model/resource.h"
#include "reports/words.h"
#include "symbol/stacks.h"

bool text_story__tells(const struct finding *finding)
{
    return finding->kind->about & ABOUT_SCOPE && (finding->story != NULL || !(finding->kind->about & ABOUT_HELD));
}

static void put_place(const struct page *page, const struct stack *stack)
{
    const struct frame *frame = stack__user_frame(stack);
    if (frame == NULL)
        return;
    fputs(" at ", page->out);
    page__place(page, frame);
    if (frame->function != NULL) {
        fputs(" in ", page->out);
        page__text(page, frame->function);
    }
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

static void put_times(const struct page *page, uint64_t count)
{
    if (count > 1) {
        fputs(" (", page->out);
        page__number(page, count);
        fputs(" times)", page->out);
    }
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
    const struct scope_story *story = finding->story;
    if (story->only_when_failed) {
        fputs("only when ", page->out);
        text_story__name(page, finding->scope);
        put_number(page, " failed (", story->left, " of ");
        put_number(page, "", story->ended, ")");
        return;
    }
    fputs("in ", page->out);
    if (story->ended > 1) {
        put_number(page, "", story->left, " of ");
        put_number(page, "", story->ended, " ");
    }
    text_story__name(page, finding->scope);
    if (story->left_failed > 0 && story->left_failed == story->left)
        fputs(story->left == 1 ? ", which failed" : ", all failed", page->out);
    else if (story->left_failed > 0)
        put_number(page, ", ", story->left_failed, " failed");
}

void text_story__left(const struct page *page, const struct finding *finding)
{
    const struct finding_kind *words = kinds__words(finding);
    const struct scope_story *story = finding->story;
    bool alone = story->part_count == 0;
    if (story->is_thread || story->ended == 0)
        page__text(page, finding->scope ? finding->scope : "?");
    else
        put_entries(page, finding);
    put_number(page, ": ", finding->count, " ");
    if (alone)
        fprintf(page->out, "%s ", resource__noun(finding->resource.kind, finding->count));
    if (story->later > 0 && story->later < finding->count)
        put_number(page, "left, ", finding->count - story->later, " ");
    if (story->later >= finding->count)
        fprintf(page->out, "%s late", alone ? words->ended : "given back");
    else
        fputs(alone ? words->missed : "never given back", page->out);
}

/* ---- Lines ------------------------------------------------------------------------------------------------------- */

/* What leaks only when the scope failed is forgotten where errors are handled. */
static void put_failures(const struct page *page, const struct scope_story *story)
{
    if (story->left_failed == 0)
        return;
    if (story->only_when_failed) {
        put_number(page, "  the error path forgets it: ", story->left_failed, " of ");
        put_number(page, "", story->failed, " that failed left it, none of the ");
        put_number(page, "", story->ended - story->failed, " others");
    } else {
        put_number(page, "  ", story->left_failed, " of the ");
        put_number(page, "", story->left, " had failed");
    }
    if (story->reason != NULL) {
        fputs("; the last one with: ", page->out);
        page__text(page, story->reason);
    }
    putc('\n', page->out);
}

static void put_later(const struct page *page, const struct finding *finding)
{
    const struct scope_story *story = finding->story;
    const char *ended = story->part_count == 0 ? kinds__words(finding)->ended : "given back";
    char median[WORDS], longest[WORDS];
    if (story->later == 0)
        return;
    put_number(page, "  ", story->later, " ");
    if (page->options->stable)
        fprintf(page->out, "%s after the end of %s", ended, story->later == 1 ? "its scope" : "their scopes");
    else if (story->later > 1 && story->later_longest < WORDS_SHORTEST)
        fprintf(page->out, "%s within 10 ms after the end of their scopes", ended);
    else if (story->later == 1)
        fprintf(page->out, "%s %s after the end of its scope", ended, words__duration(longest, story->later_longest));
    else
        fprintf(page->out, "%s %s (median) and at most %s after the end of their scopes", ended,
                words__duration(median, story->later_median), words__duration(longest, story->later_longest));
    put_place(page, finding->released);
    if (story->later_call != NULL) {
        fputs(" (", page->out);
        page__call(page, story->later_call);
        putc(')', page->out);
    }
    if (finding->count > story->later)
        put_number(page, "; ", finding->count - story->later, " never");
    putc('\n', page->out);
}

static void put_part(const struct page *page, const struct part *part)
{
    put_number(page, "  together with ", part->count, " ");
    fputs(resource__noun(part->kind, part->count), page->out);
    if (part->call != NULL) {
        fprintf(page->out, ", %s by ", kinds__get(kinds__of_leak(part->kind))->begun);
        page__call(page, part->call);
    }
    put_place(page, part->stack);
    putc('\n', page->out);
}

static void put_attempt(const struct page *page, const struct scope_story *story)
{
    const char *name = errno_name(story->attempt_error);
    if (story->attempt.call == NULL)
        return;
    fputs("  before their end ", page->out);
    page__call(page, story->attempt.call);
    fprintf(page->out, " failed with %s", name ? name : strerror(story->attempt_error));
    put_place(page, story->attempt.stack);
    put_times(page, story->attempt.count);
    putc('\n', page->out);
}

static void put_parts(const struct page *page, const struct scope_story *story)
{
    for (size_t i = 0; i < story->part_count; i++)
        put_part(page, &story->parts[i]);
    if (story->more_parts > 0)
        put_number(page, "  and at ", story->more_parts, " more places\n");
    put_attempt(page, story);
}

void text_story__lines(const struct page *page, const struct finding *finding)
{
    if (finding->story == NULL)
        return;
    put_failures(page, finding->story);
    put_later(page, finding);
    put_parts(page, finding->story);
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

void text_story__heading(const struct page *page, const char *path, const struct scope_summary *scope)
{
    char median[WORDS], p99[WORDS];
    bool is_thread = scope != NULL && scope->is_thread;
    page__ink(page, INK_STRONG);
    fputs(is_thread ? "" : "scope ", page->out);
    page__text(page, path);
    page__ink(page, INK_PLAIN);
    putc('\n', page->out);
    if (scope == NULL || is_thread)
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
