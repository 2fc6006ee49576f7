/* What a report may take: 100,000 resources held by 10,000 stacks, and 5,000 ledgers of one program. Memory is held
 * against the budget here; time, which other machines have less of, by scripts/bench. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "reports/format.h"
#include "story.h"

enum { STACKS = 10000, HELD = 100000, LEDGERS = 5000, DEPTH = 15 };

#define MOST_MEMORY (200L << 10) /* KiB */

extern const char __executable_start[], etext[];

static long peak_memory(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* This very program's code, which has names and lines, as a module of the ledger. */
static uint32_t own_module(struct maker *maker, uint64_t base)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    assert_true(length > 0);
    path[length] = '\0';
    uint32_t module = maker__module(maker, path, base, base, base + (uint64_t)(etext - __executable_start));
    struct lw_module *record = maker__element(maker, LW_MODULES, module);
    record->build_id_length = 0;
    return module;
}

/* Stacks that differ in many frames, each with others that were released somewhere else. */
static struct maker *large(uint32_t stacks, uint32_t held, uint64_t base)
{
    struct maker *maker = maker__new();
    uint32_t *sites = calloc(stacks, sizeof *sites);
    const uint64_t size = (uint64_t)(etext - __executable_start);
    assert_non_null(sites);
    maker__lane(maker, 0);
    uint32_t module = own_module(maker, base);
    for (uint32_t i = 0; i < stacks; i++) {
        uint64_t addresses[DEPTH];
        for (uint32_t depth = 0; depth < DEPTH; depth++)
            addresses[depth] =
                base + (depth < DEPTH / 2 ? i * 7919ULL + depth * 104729 : depth * 1299709 + i % 17) % size;
        sites[i] = maker__site(maker, maker__stack(maker, module, addresses, DEPTH), 0, "open", LW_FD_FILE);
        addresses[0] = base + (i * 15485863ULL) % size;
        uint32_t closer = maker__stack(maker, module, addresses, DEPTH);
        *maker__site_count(maker, 0, sites[i]) = (struct lw_site_count){.acquired = 100, .released = 90};
        *maker__release_count(maker, 0, maker__release(maker, sites[i], closer, "close")) = 90;
    }
    for (uint32_t i = 0; i < held; i++) {
        char path[32];
        snprintf(path, sizeof path, "/var/lib/data/%u", i % 5000);
        maker__detail(maker__fd(maker, 3 + i, sites[i % stacks], LW_FD_FILE), path);
    }
    free(sites);
    return maker;
}

static void print(struct story *story, const struct report *report, const char *format)
{
    const struct report_options options = {.suppressions = story__suppressions(story)};
    FILE *out = fopen("/dev/null", "w");
    assert_non_null(out);
    report_format__find(format)->print(out, report, &options);
    fclose(out);
}

/* Sanitizers make everything several times as large. */
static void assert_budget(void)
{
    print_message("%ld MiB\n", peak_memory() >> 10);
#if !defined __SANITIZE_ADDRESS__ && defined __OPTIMIZE__
    assert_true(peak_memory() <= MOST_MEMORY);
#endif
}

/* Written to a file and let go before anything is measured: the maker is no part of the report. */
static void write_ledger(struct maker *maker, char *path)
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    maker__write(maker, path);
    maker__free(maker);
}

static void many_ledgers_of_one_program(void **state)
{
    (void)state;
    char path[] = "/tmp/leakwatch-many.XXXXXX";
    write_ledger(large(40, 60, 0x550000000000), path);
    struct story *story = story__new(NULL, NULL);
    for (int i = 0; i < LEDGERS; i++)
        story__add_file(story, path, NULL);
    const struct report *report = story__end(story);
    assert_int_equal(report->process_count, LEDGERS);
    assert_true(report->finding_count > 0);
    for (size_t i = 0; report_format__get(i) != NULL; i++)
        print(story, report, report_format__get(i)->name);
    story__free(story);
    unlink(path);
    assert_budget();
}

/* In every format of one report, as by --report several times: what one of them takes, and what it leaves behind. */
static void many_resources_and_stacks(void **state)
{
    (void)state;
    char path[] = "/tmp/leakwatch-large.XXXXXX";
    write_ledger(large(STACKS, HELD, 0x550000000000), path);
    struct story *story = story__new(NULL, NULL);
    story__add_file(story, path, NULL);
    const struct report *report = story__end(story);
    uint64_t count = 0;
    for (size_t i = 0; i < report->finding_count; i++)
        count += report->findings[i].count;
    assert_int_equal(count, HELD);
    for (size_t i = 0; report_format__get(i) != NULL; i++) {
        print_message("%s: ", report_format__get(i)->name);
        print(story, report, report_format__get(i)->name);
        assert_budget();
    }
    story__free(story);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_ledgers_of_one_program),
        cmocka_unit_test(many_resources_and_stacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
