/* How long before its table was full a process's leak would have been told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "findings/foresight.h"

#define SECOND 1000000000ULL
#define HOUR (3600 * SECOND)
#define START SECOND

enum { LIMIT = 1024, ONE_SECOND = 8 /* below 2^30 ns */ };

static uint64_t births[LIMIT];

/* A place that has taken for six hours, and filled the table with what it kept. */
static struct growth_site site_of(uint32_t released, uint64_t apart)
{
    struct growth_site site = {.number = 1,
                               .kind = LW_FD_SOCKET,
                               .first = START,
                               .acquired = LIMIT + released,
                               .released = released,
                               .births = births,
                               .held = LIMIT,
                               .descriptors = LIMIT};
    site.lifetimes[ONE_SECOND] = released;
    for (uint32_t i = 0; i < LIMIT; i++)
        births[i] = START + i * apart;
    site.last = births[LIMIT - 1];
    return site;
}

static bool foresee(struct growth_site *site, struct foresight *foresight)
{
    const struct growth growth = {.start = START, .now = site->last, .limit = LIMIT, .site_count = 1, .sites = site};
    return foresight__of(&growth, site->last, LIMIT, foresight);
}

static void a_leak_is_foreseen_by_its_first_dozen(void **state)
{
    (void)state;
    struct foresight foresight;
    struct growth_site site = site_of(50000, 6 * HOUR / LIMIT);
    assert_true(foresee(&site, &foresight));
    assert_int_equal(foresight.site, 1);
    assert_true(foresight.held >= 5 && foresight.held <= 20);
    assert_true(foresight.time >= births[foresight.held - 1] && foresight.time < births[foresight.held]);
    assert_true(site.last - foresight.time > 5 * HOUR);
}

/* Who gives back nothing is told when a fifth of the table is taken. */
static void a_leak_of_everything_is_foreseen_at_a_fifth(void **state)
{
    (void)state;
    struct foresight foresight;
    struct growth_site site = site_of(0, 6 * HOUR / LIMIT);
    assert_true(foresee(&site, &foresight));
    assert_int_equal(foresight.held, (LIMIT + 4) / 5);
}

/* Those of its first second, and none since: at no moment did that look like a leak, until half of the table was taken. */
static void what_fills_at_once_is_not_foreseen(void **state)
{
    (void)state;
    struct foresight foresight;
    struct growth_site site = site_of(0, 1000);
    assert_false(foresee(&site, &foresight));
}

/* What holds no descriptor has not filled the table. */
static void threads_fill_no_table(void **state)
{
    (void)state;
    struct foresight foresight;
    struct growth_site site = site_of(50000, 6 * HOUR / LIMIT);
    site.descriptors = 0;
    assert_false(foresee(&site, &foresight));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_leak_is_foreseen_by_its_first_dozen),
                                       cmocka_unit_test(a_leak_of_everything_is_foreseen_at_a_fifth),
                                       cmocka_unit_test(what_fills_at_once_is_not_foreseen),
                                       cmocka_unit_test(threads_fill_no_table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
