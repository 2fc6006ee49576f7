/* The table of known functions: what is in it, is found; what was removed, is not; and room is used again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>

#include "function/cache.c"

#define MODULE 0x7f0000000000ULL

static int begin(void **state)
{
    *state = calloc(LW_FUNCTION_CACHE_WORDS, sizeof(uint64_t));
    used = 0;
    return *state ? 0 : -1;
}

static int end(void **state)
{
    free(*state);
    return 0;
}

static void what_was_added_is_found(void **state)
{
    uint64_t *words = *state;
    for (uint32_t i = 1; i <= 20000; i++)
        assert_true(lw_function_add(words, MODULE + i * 16, i % 3 ? 0 : i));
    for (uint32_t i = 1; i <= 20000; i++)
        assert_int_equal(lw_function_find(words, MODULE + i * 16), i % 3 ? 0 : i);
    assert_int_equal(lw_function_find(words, MODULE + 8), LW_FUNCTION_UNKNOWN);
}

static void the_first_number_stays(void **state)
{
    assert_true(lw_function_add(*state, MODULE, 7));
    assert_true(lw_function_add(*state, MODULE, 0));
    assert_int_equal(lw_function_find(*state, MODULE), 7);
}

static void addresses_that_are_too_high_are_refused(void **state)
{
    assert_false(lw_function_add(*state, 1ULL << 48, 7));
    assert_int_equal(lw_function_find(*state, 1ULL << 48), LW_FUNCTION_UNKNOWN);
    assert_int_equal(lw_function_find(*state, UINT64_MAX), LW_FUNCTION_UNKNOWN);
}

/* The others give up first: there is still room for those that are selected. */
static void selected_functions_find_room_when_others_do_not(void **state)
{
    uint64_t *words = *state;
    uint32_t others = 0, selected = 0;
    for (uint32_t i = 0; i < 100000; i++)
        others += lw_function_add(words, MODULE + i * 16, 0);
    assert_in_range(others, 32000, 32768);
    for (uint32_t i = 0; i < 100000; i++)
        selected += lw_function_add(words, 2 * MODULE / 3 + i * 16, 5);
    assert_in_range(selected, 15000, 16384);
}

/* A plugin that comes and goes for a year must not use the table up. */
static void room_is_used_again(void **state)
{
    uint64_t *words = *state;
    for (uint32_t round = 0; round < 300; round++) {
        uint64_t start = MODULE + round * 0x100000ULL;
        for (uint32_t i = 0; i < 1000; i++)
            assert_true(lw_function_add(words, start + i * 32, 1 + i));
        assert_int_equal(lw_function_find(words, start + 999 * 32), 1000);
        lw_functions_remove(words, start, start + 1000 * 32);
        for (uint32_t i = 0; i < 1000; i++)
            assert_int_equal(lw_function_find(words, start + i * 32), LW_FUNCTION_UNKNOWN);
    }
}

static void removal_hides_nothing_else(void **state)
{
    uint64_t *words = *state;
    for (uint32_t i = 1; i <= 30000; i++)
        lw_function_add(words, MODULE + i * 16, i);
    lw_functions_remove(words, MODULE, MODULE + 10000 * 16);
    for (uint32_t i = 10000; i <= 30000; i++)
        assert_int_equal(lw_function_find(words, MODULE + i * 16), i);
}

static void *add_all(void *words)
{
    for (uint32_t i = 1; i <= 20000; i++)
        lw_function_add(words, MODULE + i * 16, i % 100);
    return NULL;
}

static void threads_add_the_same(void **state)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_all, *state), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(used, 20000);
    for (uint32_t i = 1; i <= 20000; i++)
        assert_int_equal(lw_function_find(*state, MODULE + i * 16), i % 100);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        CASE(what_was_added_is_found),
        CASE(the_first_number_stays),
        CASE(addresses_that_are_too_high_are_refused),
        CASE(selected_functions_find_room_when_others_do_not),
        CASE(room_is_used_again),
        CASE(removal_hides_nothing_else),
        CASE(threads_add_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
