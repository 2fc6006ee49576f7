/* How the processes ended, as text: one line for all of a program that ended alike. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "page.h"
#include "base/words.h"

enum { LINES_SHOWN = 6, PROGRAMS_NAMED = 4 };

/* Processes that are told of in one line. */
struct alike {
    const struct process *first;
    const char *program;
    uint64_t count;
    uint64_t others;                 /* of them, those of another process than the first */
    uint64_t worst_peak, worst_open; /* of one process */
};

/* Order: judged ones first, programs together, ends together. */
static int compare(const void *left, const void *right)
{
    const struct process *a = *(const struct process *const *)left, *b = *(const struct process *const *)right;
    int order = b->judged - a->judged;
    if (order == 0)
        order = strcmp(a->name, b->name);
    if (order == 0)
        order = strcmp(a->how, b->how);
    if (order == 0)
        order = a->status - b->status;
    if (order == 0)
        order = a->was_ended - b->was_ended;
    if (order == 0)
        order = a->took_nothing - b->took_nothing;
    if (order == 0)
        order = a->ran_out - b->ran_out;
    if (order == 0 && a->ran_out && a->nofile_full != b->nofile_full)
        order = a->nofile_full < b->nofile_full ? -1 : 1;
    return order;
}

static int most_first(const void *left, const void *right)
{
    const struct alike *a = left, *b = right;
    if (a->first->judged != b->first->judged)
        return b->first->judged - a->first->judged;
    if (a->worst_peak != b->worst_peak)
        return a->worst_peak > b->worst_peak ? -1 : 1;
    return a->count > b->count ? -1 : a->count < b->count;
}

/* Is it what the other one was before, or will be? */
static bool is_same(const struct process *a, const struct process *b)
{
    bool are_several = (a->is_succeeded || a->before != 0) && (b->is_succeeded || b->before != 0);
    return a == b ||
           (are_several && a->pid == b->pid && a->start_ticks == b->start_ticks && strcmp(a->host, b->host) == 0);
}

static void join(struct alike *alike, const struct process *process)
{
    alike->count++;
    alike->others += !is_same(alike->first, process);
    if (process->peak_open > alike->worst_peak)
        alike->worst_peak = process->peak_open;
    if (process->open_at_end > alike->worst_open)
        alike->worst_open = process->open_at_end;
}

static size_t group(const struct report *report, struct alike *list)
{
    const struct process **sorted = heap__zeroed(report->process_count, sizeof(*sorted));
    size_t count = 0;
    for (size_t i = 0; i < report->process_count; i++)
        sorted[i] = &report->processes[i];
    qsort(sorted, report->process_count, sizeof(*sorted), compare);
    for (size_t i = 0; i < report->process_count; i++) {
        if (i == 0 || compare(&sorted[i - 1], &sorted[i]) != 0)
            list[count++] = (struct alike){.first = sorted[i], .program = sorted[i]->name};
        join(&list[count - 1], sorted[i]);
    }
    free(sorted);
    qsort(list, count, sizeof(*list), most_first);
    return count;
}

static void put_subject(const struct page *page, const struct alike *alike)
{
    char number[WORDS];
    if (alike->others > 0)
        fprintf(page->out, "%s × ", words__number(number, alike->count));
    page__text(page, alike->program);
    if (alike->others == 0 && !page->options->stable)
        fprintf(page->out, " (pid %" PRIu32 ")", alike->first->pid);
}

/* Whoever wants to know how near a limit is asks which one held. */
static void put_limit_changes(const struct page *page, const struct process *process)
{
    char from[WORDS], to[WORDS], when[WORDS];
    uint64_t changes = 0, before = 0, after = 0;
    double seconds = 0;
    const struct stack *stack = NULL;
    for (size_t i = 0; i < process->limit_change_count; i++) {
        const struct limit_change *change = &process->limit_changes[i];
        if (change->soft == change->soft_before)
            continue;
        before = changes > 0 ? before : change->soft_before;
        changes += 1 + change->missed;
        after = change->soft;
        seconds = change->seconds;
        stack = change->stack;
    }
    if (changes == 0)
        return;
    fputs("; soft limit ", page->out);
    if (changes > 1)
        fprintf(page->out, "changed %s times, ", words__number(from, changes));
    else
        fputs(before < after ? "raised " : "lowered ", page->out);
    fprintf(page->out, "from %s to %s", words__number(from, before), words__number(to, after));
    if (!page->options->stable)
        fprintf(page->out, "%s after %s", changes > 1 ? ", last" : "", words__duration(when, seconds));
    const struct frame *frame = stack != NULL ? stack__user_frame(stack) : NULL;
    if (frame != NULL) {
        fputs(" at ", page->out);
        page__place(page, frame);
    }
}

static void put_line(const struct page *page, const struct alike *alike)
{
    char text[WORDS], limit[WORDS], open[WORDS];
    const struct process *first = alike->first;
    uint64_t soft = first->ran_out ? first->nofile_full : first->nofile_soft;
    put_subject(page, alike);
    if (alike->count > 1 && alike->others == 0)
        fprintf(page->out, " %s ×", words__number(text, alike->count));
    fprintf(page->out, " %s",
            first->was_ended && strcmp(first->how, "killed") == 0 ? "was killed"
                                                                  : words__end(text, first->how, first->status));
    if (alike->count == 1 && first->end > first->start && !page->options->stable)
        fprintf(page->out, " after %s", words__duration(text, first->end - first->start));
    if (first->is_attached && alike->count == 1)
        fprintf(page->out, ", watched since %s",
                page->options->stable ? "it was attached to" : words__moment(text, first->start));
    if (first->judged && first->took_nothing)
        fputs("; took nothing", page->out);
    else if (first->judged && alike->worst_peak <= soft)
        fprintf(page->out, "; at most %s of %s descriptors open, %s %s", words__number(text, alike->worst_peak),
                words__number(limit, soft), words__number(open, alike->worst_open), words__last(first->how));
    else if (first->judged)
        fprintf(page->out, "; at most %s descriptors open, above the limit of %s, %s %s",
                words__number(text, alike->worst_peak), words__number(limit, soft),
                words__number(open, alike->worst_open), words__last(first->how));
    else
        fputs("; not judged, it only carries the run (--skip-exe '' judges all)", page->out);
    if (alike->count == 1 && page->options->full)
        put_limit_changes(page, first);
    if (first->was_ended)
        fputs("; leakwatch ended it, because it hung (--kill-hung)", page->out);
    putc('\n', page->out);
}

static void put_sum(const struct page *page, uint64_t sum, const char *one, const char *many)
{
    if (sum == 0)
        return;
    page__number(page, sum);
    fprintf(page->out, " %s\n", words__plural(sum, one, many));
}

/* What was folded, lost or damaged is not in the findings: nobody must think that it is. */
static void put_sums(const struct page *page)
{
    uint64_t folded = 0, lost = 0, scopes_lost = 0, locks_lost = 0, damaged = 0;
    for (size_t i = 0; i < page->report->process_count; i++) {
        folded += page->report->processes[i].folded;
        lost += page->report->processes[i].lost;
        scopes_lost += page->report->processes[i].scopes_lost;
        locks_lost += page->report->processes[i].locks_lost;
        damaged += page->report->processes[i].damaged;
    }
    put_sum(page, folded, "record was folded: a table was full, so that some stacks or names are shown as one or not",
            "records were folded: tables were full, so that some stacks or names are shown as one or not");
    put_sum(page, lost, "resource found no room in a ledger and is not counted",
            "resources found no room in a ledger and are not counted");
    put_sum(page, scopes_lost, "entry of a scope was not recorded: deeper than 64, or no room was left",
            "entries of scopes were not recorded: deeper than 64, or no room was left");
    put_sum(page, locks_lost, "lock found no room, as its thread held 137 others, and what concerns it is not told",
            "locks found no room, as their threads held 137 others, and what concerns them is not told");
    put_sum(page, damaged, "record was damaged and is left out", "records were damaged and are left out");
}

/* Whole processes are missing: they are counted, and some are named. */
static void put_unread(const struct page *page)
{
    const struct report *report = page->report;
    size_t shown = report->unread_count > LINES_SHOWN && !page->options->full ? LINES_SHOWN / 2 : report->unread_count;
    if (report->unread_count == 0)
        return;
    page__number(page, report->unread_count);
    fputs(report->unread_count == 1 ? " ledger could not be read back, and is not in this report\n"
                                    : " ledgers could not be read back, and are not in this report\n",
          page->out);
    for (size_t i = 0; i < shown && !page->options->stable; i++) {
        fputs("  ", page->out);
        page__text(page, report->unread[i]);
        putc('\n', page->out);
    }
    if (shown < report->unread_count && !page->options->stable)
        put_sum(page, report->unread_count - shown, "more (--full names all)", "more (--full names all)");
}

#define STRICTLY "it ran without system calls of leakwatch's own (seccomp, or strict=1): stacks are short"
static const struct trouble {
    uint32_t bits; /* all of them … */
    bool is_small; /* told with --full only: nothing is missing in the findings */
    const char *text;
    uint32_t without; /* … and none of these */
} troubles[] = {
    {LW_TROUBLE_NO_UNWINDER, false,
     "libunwind was not found, some stacks end at frames that it alone can leave: install libunwind8", 0},
    {LW_TROUBLE_FULL, false, "a ledger could not grow, some resources are not counted: is the disk full?", 0},
    {LW_TROUBLE_STRICT | LW_TROUBLE_LOCKS_OFF, false, STRICTLY, 0},
    {LW_TROUBLE_STRICT, false, STRICTLY ", and locks of threads that began then are not followed",
     LW_TROUBLE_LOCKS_OFF},
    {LW_TROUBLE_LOCKS_OFF, true, "locks were not followed, as LEAKWATCH_OPTIONS=locks=0 says", 0},
    {LW_TROUBLE_RELOCATED, true, "a ledger is not where it was asked for", 0},
    {LW_TROUBLE_UNSEEN_START, true,
     "descriptors were open before leakwatch was ready; where they came from is not known", 0},
    {LW_TROUBLE_FUNCTIONS, false,
     "not every pattern of LEAKWATCH_OPTIONS=scopes=… selected a function: is it spelt as in the source, is the "
     "program "
     "stripped?",
     0},
    {LW_TROUBLE_ATTACHED, false,
     "it was attached to: what it had open before is untracked-fd, and calls are not seen that go by "
     "addresses "
     "stored before or got by dlsym, from static parts, or in programs that it executes",
     0},
    {LW_TROUBLE_GENERATED, false, "functions made at run time were called from too many places: not all are told apart",
     0},
};

/* Programs that have a trouble, each once; processes of further ones are counted. */
struct troubled {
    struct alike programs[PROGRAMS_NAMED];
    size_t count;
    uint64_t others;
};

static void add_troubled(struct troubled *troubled, const struct process *process)
{
    for (size_t i = 0; i < troubled->count; i++) {
        if (strcmp(troubled->programs[i].program, process->name) == 0) {
            join(&troubled->programs[i], process);
            return;
        }
    }
    if (troubled->count < PROGRAMS_NAMED)
        troubled->programs[troubled->count++] = (struct alike){.first = process, .program = process->name, .count = 1};
    else
        troubled->others++;
}

static bool has_trouble(const struct process *process, const struct trouble *trouble)
{
    return (process->troubles & trouble->bits) == trouble->bits && !(process->troubles & trouble->without);
}

static void put_trouble(const struct page *page, const struct trouble *trouble)
{
    struct troubled troubled = {.count = 0};
    for (size_t i = 0; i < page->report->process_count; i++)
        if (page->report->processes[i].judged && has_trouble(&page->report->processes[i], trouble))
            add_troubled(&troubled, &page->report->processes[i]);
    for (size_t i = 0; i < troubled.count; i++) {
        fputs(i > 0 ? ", " : "", page->out);
        put_subject(page, &troubled.programs[i]);
    }
    if (troubled.others > 0) {
        fputs(", ", page->out);
        page__number(page, troubled.others);
        fputs(troubled.others == 1 ? " other process" : " other processes", page->out);
    }
    if (troubled.count > 0)
        fprintf(page->out, ": %s\n", trouble->text);
}

static void put_troubles(const struct page *page)
{
    for (size_t i = 0; i < sizeof troubles / sizeof troubles[0]; i++)
        if (!troubles[i].is_small || page->options->full)
            put_trouble(page, &troubles[i]);
}

void page__shortcomings(const struct page *page)
{
    put_unread(page);
    put_sums(page);
    put_troubles(page);
    page__nameless(page);
    page__python(page);
    page__generated(page);
}

static void put_processes(const struct page *page, bool all)
{
    struct alike *list = heap__zeroed(page->report->process_count, sizeof(*list));
    size_t count = group(page->report, list);
    size_t shown = count > LINES_SHOWN && !all ? LINES_SHOWN - 1 : count;
    uint64_t left = 0;
    for (size_t i = 0; i < count; i++) {
        if (i < shown)
            put_line(page, &list[i]);
        else
            left += list[i].count;
    }
    put_sum(page, left, "more process (--full shows all)", "more processes (--full shows all)");
    free(list);
}

void page__processes(const struct page *page)
{
    put_processes(page, page->options->full);
    page__shortcomings(page);
}

void page__every_process(const struct page *page)
{
    put_processes(page, true);
}
