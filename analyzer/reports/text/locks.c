/* What locks cost, as text: a table of places, and the longest hold in one line. */
#include "locks.h"

#include <inttypes.h>

#include "base/words.h"
#include "source/path.h"
#include "symbol/stack.h"

enum { PLACES_SHOWN = 20 };

/* Of several programs each line says whose it is. */
static bool are_of_several(const struct report *report)
{
    for (size_t i = 1; i < report->lock_count; i++)
        if (report->locks[i].program != report->locks[0].program)
            return true;
    return false;
}

/* "-": it never happened, or is not known. */
static const char *brief(char text[WORDS], double seconds)
{
    return seconds < 0 ? "-" : words__brief(text, seconds);
}

static void put_frame(const struct page *page, const struct frame *frame)
{
    page__text(page, frame->function ? frame->function : "?");
    fputs(" at ", page->out);
    page__place(page, frame);
}

static void put_place(const struct page *page, const struct lock_cost *cost)
{
    const struct frame *user = stack__user_frame(cost->stack), *caller = stack__caller_of_user(cost->stack);
    if (user == NULL)
        fputs("a place that is not known", page->out);
    else
        put_frame(page, user);
    if (caller != NULL) {
        fputs(", from ", page->out);
        put_frame(page, caller);
    }
    fputs(" (", page->out);
    page__call(page, cost->call ? cost->call : "?");
    fputs(")", page->out);
}

/* What the scheduler decides differs from run to run, as times do. */
static void put_times(const struct page *page, const struct lock_cost *cost)
{
    char text[WORDS];
    fprintf(page->out, " %9s", words__number(text, cost->contended));
    fprintf(page->out, " %8s", brief(text, cost->waited));
    fprintf(page->out, " %8s", brief(text, cost->longest_wait));
    fprintf(page->out, " %8s", brief(text, cost->median_wait));
    fprintf(page->out, " %8s", brief(text, cost->longest_hold));
    fprintf(page->out, " %7s", cost->longest_hold < 0 ? "-" : words__number(text, cost->most));
    fprintf(page->out, " %8s", brief(text, cost->median_hold));
}

static const char *module_of(const struct page *page, const struct lock_cost *cost)
{
    for (size_t i = 0; i < page->report->process_count; i++)
        if (page->report->processes[i].command == cost->program)
            return base_name(page->report->processes[i].exe);
    return "";
}

/* What the scheduler decides differs from run to run, as times do. */
static void put_row(const struct page *page, const struct lock_cost *cost, bool names_program)
{
    char text[WORDS];
    fprintf(page->out, "%13s", words__number(text, cost->taken));
    if (!page->options->stable)
        put_times(page, cost);
    fputs("  ", page->out);
    put_place(page, cost);
    if (names_program) {
        fputs(", in ", page->out);
        page__text(page, cost->program);
    }
    putc('\n', page->out);
    if (page->options->full && cost->stack != NULL)
        page__stack(page, cost->stack, "        ", module_of(page, cost));
}

static void put_heading(const struct page *page)
{
    char number[WORDS];
    size_t count = page->report->lock_count;
    fprintf(page->out, "locks taken at %s %s, %s first\n", words__number(number, count),
            words__plural(count, "place", "places"),
            page->options->stable ? "most often taken" : "longest waiting or held");
    if (page->options->stable)
        fputs("        taken  where\n", page->out);
    else
        fputs("                                           half of                   half of\n"
              "                 had to   waited  longest    waits  longest   while    holds\n"
              "        taken      wait   in all     wait    below     hold waiting    below  where\n",
              page->out);
}

static bool were_off(const struct report *report)
{
    for (size_t i = 0; i < report->process_count; i++)
        if (!(report->processes[i].troubles & LW_TROUBLE_LOCKS_OFF))
            return false;
    return report->process_count > 0;
}

void text_locks__table(const struct page *page)
{
    const struct report *report = page->report;
    const struct report_options *options = page->options;
    size_t most = options->top_is_given ? options->top : options->full ? 0 : PLACES_SHOWN;
    bool names_programs = are_of_several(report);
    if (!report->locks_asked)
        return;
    if (report->lock_count == 0) {
        fputs(were_off(report) ? "locks were off, as LEAKWATCH_OPTIONS=locks=0 says\n\n"
                               : "no lock was seen to be taken\n\n",
              page->out);
        return;
    }
    put_heading(page);
    for (size_t i = 0; i < report->lock_count && (most == 0 || i < most); i++)
        put_row(page, &report->locks[i], names_programs);
    if (most > 0 && most < report->lock_count)
        fprintf(page->out, "… and %zu more %s (--top 0 shows all)\n", report->lock_count - most,
                words__plural(report->lock_count - most, "place", "places"));
    putc('\n', page->out);
}

void text_locks__longest(const struct page *page)
{
    char text[WORDS];
    const struct lock_cost *longest = page->report->longest_hold;
    const struct frame *frame = longest ? stack__user_frame(longest->stack) : NULL;
    if (frame == NULL || page->options->stable)
        return;
    fprintf(page->out, "longest held: %s at ", words__brief(text, longest->longest_hold));
    page__place(page, frame);
    fprintf(page->out, " while %" PRIu32 " waited", longest->most);
    if (page->report->process_count > 1) {
        fputs(", in ", page->out);
        page__text(page, longest->program);
    }
    fputs(page->report->locks_asked ? "\n" : " (--locks tells of all)\n", page->out);
}
