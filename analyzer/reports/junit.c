/* The report as JUnit XML, which every CI server reads: a suite for each process that was judged, and for each scope that
 * has findings; a finding is a test that failed, a note one that passed and has something to say.
 *
 * DESIGN. A server keeps the history of a test by its name, which therefore holds nothing that differs from run to run. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/table.h"
#include "markup.h"
#include "model/kinds.h"
#include "place.h"
#include "quotation.h"
#include "source/path.h"
#include "symbol/stack.h"

/* A finding in a suite. Suites of scopes come behind those of processes. */
struct test {
    const char *scope; /* NULL: a process's */
    size_t process, finding;
};

struct plan {
    struct quotation quotation;
    struct test *tests;
    size_t count, room;
    bool *is_told; /* by finding: whole, once; the next suites refer to it */
    size_t *turns; /* by process: the how manieth of its program it is, from 1 on */
};

static void add_test(struct plan *plan, struct test test)
{
    plan->tests = heap__room(plan->tests, plan->count, &plan->room, sizeof(test));
    plan->tests[plan->count++] = test;
}

static int compare(const void *left, const void *right)
{
    const struct test *a = left, *b = right;
    if ((a->scope != NULL) != (b->scope != NULL))
        return a->scope != NULL ? 1 : -1;
    int order = a->scope != NULL ? strcmp(a->scope, b->scope) : 0;
    if (order == 0 && a->process != b->process)
        order = a->process < b->process ? -1 : 1;
    return order != 0 ? order : a->finding < b->finding ? -1 : a->finding > b->finding;
}

static bool is_same_suite(const struct test *a, const struct test *b)
{
    if (a->scope == NULL || b->scope == NULL)
        return a->scope == b->scope && a->process == b->process;
    return strcmp(a->scope, b->scope) == 0;
}

static void make_plan(struct plan *plan, const struct report *report)
{
    size_t count = quotation__shown(&plan->quotation, 0);
    plan->tests = heap__room(NULL, 0, &plan->room, sizeof(struct test));
    for (size_t i = 0; i < count; i++) {
        const struct finding *finding = &report->findings[i];
        if (finding->scope != NULL)
            add_test(plan, (struct test){.scope = finding->scope, .finding = i});
        for (size_t k = 0; finding->scope == NULL && k < finding->process_count; k++)
            add_test(plan, (struct test){.process = finding->processes[k], .finding = i});
    }
    qsort(plan->tests, plan->count, sizeof(struct test), compare);
    plan->is_told = heap__zeroed(count, sizeof(bool));
}

struct program {
    const char *exe;
    size_t count;
    UT_hash_handle hh;
};

/* Of judged processes, in the order of the report, which is the same in each run of the same commands. */
static size_t *turns_of(const struct report *report)
{
    struct program *programs = NULL, *program, *next;
    size_t *turns = heap__zeroed(report->process_count, sizeof(*turns));
    for (size_t i = 0; i < report->process_count; i++) {
        const char *name = base_name(report->processes[i].exe);
        if (!report->processes[i].judged)
            continue;
        HASH_FIND_STR(programs, name, program);
        if (program == NULL) {
            program = heap__zeroed(1, sizeof(*program));
            program->exe = name;
            HASH_ADD_KEYPTR(hh, programs, program->exe, strlen(program->exe), program);
        }
        turns[i] = ++program->count;
    }
    HASH_ITER(hh, programs, program, next) {
        HASH_DEL(programs, program);
        free(program);
    }
    return turns;
}

static size_t count_failures(const struct plan *plan, const struct test *tests, size_t count)
{
    size_t failures = 0;
    for (size_t i = 0; i < count; i++)
        failures += plan->quotation.page.report->findings[tests[i].finding].level != LEVEL_NOTE;
    return failures;
}

/* ---- Tests ------------------------------------------------------------------------------------------------------- */

static void put_name(FILE *out, const struct finding *finding)
{
    const struct frame *frame = stack__user_frame(kinds__main_stack(finding));
    fprintf(out, " name=\"%s", finding->kind->name);
    if (finding->call != NULL) {
        fputs(" by ", out);
        markup__text(out, finding->call);
    }
    if (frame != NULL && frame->function != NULL) {
        fputs(" in ", out);
        markup__text(out, frame->function);
    }
    fprintf(out, " [%s]\"", finding->fingerprint);
}

static void put_place(FILE *out, const struct plan *plan, const struct finding *finding)
{
    const struct report_options *options = &plan->quotation.options;
    struct place place = place__of_finding(finding, options);
    if (!place.is_source)
        return;
    fputs(" file=\"", out);
    markup__text(out, place.path);
    putc('"', out);
    if (place.line > 0)
        fprintf(out, " line=\"%d\"", place.line);
}

static void put_stacks(FILE *out, struct plan *plan, const struct finding *finding)
{
    char *lines = quotation__all_stacks(&plan->quotation, finding);
    markup__lines(out, lines);
    free(lines);
}

static void put_story(FILE *out, struct plan *plan, const struct test *test, const struct finding *finding)
{
    char *particulars = quotation__particulars(&plan->quotation, finding);
    markup__lines(out, particulars);
    free(particulars);
    if (plan->is_told[test->finding])
        fputs("the call stack is in the first suite that has this test\n", out);
    else
        put_stacks(out, plan, finding);
    plan->is_told[test->finding] = true;
}

static void put_test(FILE *out, struct plan *plan, const struct test *test, const char *class)
{
    const struct finding *finding = &plan->quotation.page.report->findings[test->finding];
    char *headline = quotation__headline(&plan->quotation, finding);
    fputs("<testcase classname=\"", out);
    markup__text(out, class);
    putc('"', out);
    put_name(out, finding);
    put_place(out, plan, finding);
    if (finding->level == LEVEL_NOTE)
        fputs("><system-out>", out);
    else
        fprintf(out, "><failure type=\"%s\" message=\"", finding->kind->name);
    markup__lines(out, headline);
    fputs(finding->level == LEVEL_NOTE ? "\n" : "\">", out);
    put_story(out, plan, test, finding);
    fprintf(out, "</%s></testcase>\n", finding->level == LEVEL_NOTE ? "system-out" : "failure");
    free(headline);
}

/* ---- Suites ------------------------------------------------------------------------------------------------------ */

static void begin_suite(FILE *out, size_t tests, size_t failures)
{
    fprintf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"0\">\n", tests, failures);
}

static void put_clean(FILE *out, const char *class)
{
    fputs("<testcase classname=\"", out);
    markup__text(out, class);
    fputs("\" name=\"nothing of the process itself is left\"/>\n", out);
}

/* A process without findings is a suite with one test that passed. */
static void put_process(FILE *out, struct plan *plan, size_t number, const struct test *tests, size_t count)
{
    const struct process *process = &plan->quotation.page.report->processes[number];
    const char *program = base_name(process->exe);
    fputs("<testsuite name=\"", out);
    markup__text(out, program);
    if (plan->turns[number] > 1)
        fprintf(out, " (%zu)", plan->turns[number]);
    begin_suite(out, count > 0 ? count : 1, count_failures(plan, tests, count));
    if (!plan->quotation.options.stable)
        fprintf(out, "<properties><property name=\"pid\" value=\"%" PRIu32 "\"/></properties>\n", process->pid);
    for (size_t i = 0; i < count; i++)
        put_test(out, plan, &tests[i], program);
    if (count == 0)
        put_clean(out, program);
    fputs("</testsuite>\n", out);
}

static void put_scope(FILE *out, struct plan *plan, const struct test *tests, size_t count)
{
    fputs("<testsuite name=\"", out);
    markup__text(out, tests[0].scope);
    begin_suite(out, count, count_failures(plan, tests, count));
    for (size_t i = 0; i < count; i++)
        put_test(out, plan, &tests[i], tests[0].scope);
    fputs("</testsuite>\n", out);
}

static size_t suite_length(const struct plan *plan, size_t first)
{
    size_t end = first;
    while (end < plan->count && is_same_suite(&plan->tests[first], &plan->tests[end]))
        end++;
    return end - first;
}

static void put_suites(FILE *out, struct plan *plan)
{
    const struct report *report = plan->quotation.page.report;
    size_t at = 0;
    for (size_t i = 0; i < report->process_count; i++) {
        bool has_tests = at < plan->count && plan->tests[at].scope == NULL && plan->tests[at].process == i;
        size_t count = has_tests ? suite_length(plan, at) : 0;
        if (report->processes[i].judged)
            put_process(out, plan, i, plan->tests + at, count);
        at += count;
    }
    for (size_t count; at < plan->count; at += count) {
        count = suite_length(plan, at);
        put_scope(out, plan, plan->tests + at, count);
    }
}

/* What is missing in the findings must not look as if it were clean. */
static void put_shortcomings(FILE *out, struct plan *plan)
{
    char *lines = quotation__shortcomings(&plan->quotation);
    if (lines[0] != '\0') {
        fputs("<testsuite name=\"leakwatch", out);
        begin_suite(out, 0, 0);
        fputs("<system-err>", out);
        markup__lines(out, lines);
        fputs("</system-err>\n</testsuite>\n", out);
    }
    free(lines);
}

static size_t count_clean(const struct plan *plan)
{
    const struct report *report = plan->quotation.page.report;
    bool *has_tests = heap__zeroed(report->process_count, sizeof(bool));
    size_t clean = 0;
    for (size_t i = 0; i < plan->count; i++)
        if (plan->tests[i].scope == NULL)
            has_tests[plan->tests[i].process] = true;
    for (size_t i = 0; i < report->process_count; i++)
        clean += report->processes[i].judged && !has_tests[i];
    free(has_tests);
    return clean;
}

void junit__print(FILE *out, const struct report *report, const struct report_options *options)
{
    struct plan plan = {.count = 0};
    quotation__begin(&plan.quotation, report, options, NULL, NULL);
    make_plan(&plan, report);
    plan.turns = turns_of(report);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"leakwatch\"", out);
    fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\">\n", plan.count + count_clean(&plan),
            count_failures(&plan, plan.tests, plan.count));
    put_suites(out, &plan);
    put_shortcomings(out, &plan);
    fputs("</testsuites>\n", out);
    free(plan.tests);
    free(plan.is_told);
    free(plan.turns);
}
