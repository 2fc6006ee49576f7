/* Findings about scopes as text. */
#include "text_story.h"

#include <inttypes.h>
#include <string.h>

#include "../findings/kinds.h"
#include "../stacks.h"
#include "words.h"

static bool is_kind(const struct finding *finding, enum kind_id kind)
{
    return finding->kind == kinds__get(kind)->name;
}

bool text_story__tells(const struct finding *finding)
{
    return finding->story != NULL || is_kind(finding, KIND_UNBALANCED_SCOPE) || is_kind(finding, KIND_RELEASE_ORDER);
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

/* A thread says what it is. */
static void put_scope_name(const struct page *page, const char *path)
{
    bool is_thread = path != NULL && strncmp(path, "thread", strlen("thread")) == 0;
    fputs(is_thread ? "" : "scope ", page->out);
    page__text(page, path ? path : "?");
}

static void put_times(const struct page *page, uint64_t count)
{
    if (count > 1) {
        fputs(", ", page->out);
        page__number(page, count);
        fputs(" times", page->out);
    }
}

static void put_left(const struct page *page, const struct finding *finding)
{
    bool alone = finding->story->part_count == 0;
    page__number(page, finding->count);
    fprintf(page->out, " %s",
            alone ? resource__noun(finding->resource.kind, finding->count)
                  : words__plural(finding->count, "resource", "resources"));
    fprintf(page->out, " %s%s by ", finding->story->later >= finding->count ? "given back late" : "left",
            alone ? "" : " together");
    put_scope_name(page, finding->scope);
    if (finding->story->only_when_failed)
        fputs(", only when it failed", page->out);
}

static void put_unbalanced(const struct page *page, const struct finding *finding)
{
    if (finding->scope != NULL) {
        put_scope_name(page, finding->scope);
        putc(' ', page->out);
    }
    page__text(page, finding->later);
    put_times(page, finding->count);
}

static void put_disorder(const struct page *page, const struct finding *finding)
{
    page__number(page, finding->count);
    fprintf(page->out, " %s ", resource__noun(finding->resource.kind, finding->count));
    page__text(page, finding->later);
}

void text_story__headline(const struct page *page, const struct finding *finding)
{
    if (finding->story != NULL)
        put_left(page, finding);
    else if (is_kind(finding, KIND_UNBALANCED_SCOPE))
        put_unbalanced(page, finding);
    else
        put_disorder(page, finding);
}

/* ---- Lines ------------------------------------------------------------------------------------------------------- */

static void put_entries(const struct page *page, const struct scope_story *story)
{
    fputs("  in ", page->out);
    page__number(page, story->left);
    fputs(" of ", page->out);
    page__number(page, story->ended);
    fprintf(page->out, " %s", words__plural(story->ended, "entry", "entries"));
    if (story->left_failed > 0 && story->left_failed == story->left)
        fprintf(page->out, ", %s had failed", story->left == 1 ? "which" : "all of which");
    else if (story->left_failed > 0) {
        fputs(", ", page->out);
        page__number(page, story->left_failed);
        fputs(" of which had failed", page->out);
    }
    if (story->left_failed > 0 && story->reason != NULL) {
        fputs(": ", page->out);
        page__text(page, story->reason);
    }
    putc('\n', page->out);
}

static void put_later(const struct page *page, const struct finding *finding)
{
    const struct scope_story *story = finding->story;
    char median[WORDS], longest[WORDS];
    if (story->later == 0) {
        fputs("  never given back\n", page->out);
        return;
    }
    fputs("  ", page->out);
    page__number(page, story->later);
    if (story->later == 1)
        fprintf(page->out, " given back %s after the end", words__duration(longest, story->later_longest));
    else
        fprintf(page->out, " given back after the end: %s after it (median), at most %s",
                words__duration(median, story->later_median), words__duration(longest, story->later_longest));
    put_place(page, story->later_stack);
    if (story->later_call != NULL) {
        fputs(" (", page->out);
        page__text(page, story->later_call);
        putc(')', page->out);
    }
    if (finding->count > story->later) {
        fputs("; ", page->out);
        page__number(page, finding->count - story->later);
        fputs(" never", page->out);
    }
    putc('\n', page->out);
}

static void put_part(const struct page *page, const struct part *part)
{
    fputs("  and with it ", page->out);
    page__number(page, part->count);
    fprintf(page->out, " %s", resource__noun(part->kind, part->count));
    if (part->call != NULL) {
        fputs(", acquired by ", page->out);
        page__text(page, part->call);
    }
    put_place(page, part->stack);
    putc('\n', page->out);
}

static void put_attempt(const struct page *page, const struct scope_story *story)
{
    const char *name = errno_name(story->attempt_error);
    if (story->attempt.call == NULL)
        return;
    fputs("  before that, ", page->out);
    page__text(page, story->attempt.call);
    fprintf(page->out, " had failed with %s", name ? name : strerror(story->attempt_error));
    put_place(page, story->attempt.stack);
    putc('\n', page->out);
}

static void put_begin(const struct page *page, const struct finding *finding)
{
    if (finding->released == NULL || finding->acquired == NULL || !is_kind(finding, KIND_UNBALANCED_SCOPE))
        return;
    fputs("  it had begun", page->out);
    put_place(page, finding->acquired);
    putc('\n', page->out);
}

void text_story__lines(const struct page *page, const struct finding *finding)
{
    const struct scope_story *story = finding->story;
    put_begin(page, finding);
    if (story == NULL)
        return;
    put_entries(page, story);
    put_later(page, finding);
    for (size_t i = 0; i < story->part_count; i++)
        put_part(page, &story->parts[i]);
    put_attempt(page, story);
}

/* ---- Heading ----------------------------------------------------------------------------------------------------- */

static void put_count(const struct page *page, const char *before, uint64_t count, const char *after)
{
    fputs(before, page->out);
    page__number(page, count);
    fputs(after, page->out);
}

void text_story__heading(const struct page *page, const struct scope_summary *scope)
{
    char median[WORDS], p99[WORDS];
    page__ink(page, INK_STRONG);
    put_scope_name(page, scope->path);
    page__ink(page, INK_PLAIN);
    put_count(page, ": ", scope->entered, " entered");
    if (scope->ended < scope->entered)
        put_count(page, ", ", scope->entered - scope->ended, " not ended");
    if (scope->failed > 0)
        put_count(page, ", ", scope->failed, " failed");
    if (scope->left > 0)
        put_count(page, ", ", scope->left, " left something");
    if (scope->most > 0)
        put_count(page, ", at most ", scope->most, " held at once");
    if (scope->median >= 0)
        fprintf(page->out, "; half of them within %s, 99 %% within %s", words__brief(median, scope->median),
                words__brief(p99, scope->p99));
    fputs("\n\n", page->out);
}
