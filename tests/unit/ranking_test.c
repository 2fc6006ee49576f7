/* Which process of many is told of first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "trend/ranking.h"

enum { LIMIT = 100 };

static struct trend_process process_with(bool is_running, bool is_foretold, double point, uint64_t open)
{
    return (struct trend_process){.process = {.name = "server", .host = "here"},
                                  .is_running = is_running,
                                  .open = open,
                                  .limit = LIMIT,
                                  .forecast = {.is_given = is_foretold, .point = point}};
}

static void assert_first(struct trend_process first, struct trend_process second)
{
    assert_true(trend_process__compare(&first, &second) < 0);
    assert_true(trend_process__compare(&second, &first) > 0);
}

static void the_next_to_be_full_comes_first(void **state)
{
    (void)state;
    assert_first(process_with(true, true, 60, 10), process_with(true, true, 3600, 90));
    assert_first(process_with(true, false, 0, LIMIT), process_with(true, true, 60, 10));
    assert_first(process_with(true, true, 3600, 10), process_with(true, false, 0, 90));
}

static void what_has_ended_is_told_behind_what_can_still_be_helped(void **state)
{
    (void)state;
    assert_first(process_with(true, true, 3600, 10), process_with(false, true, 60, 10));
    assert_first(process_with(true, true, 3600, 10), process_with(false, false, 0, LIMIT));
    assert_first(process_with(false, true, 60, 10), process_with(true, false, 0, 90));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_to_be_full_comes_first),
        cmocka_unit_test(what_has_ended_is_told_behind_what_can_still_be_helped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
