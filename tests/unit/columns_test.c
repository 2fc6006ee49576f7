/* Text on a screen: how many columns it takes, where it is cut, where its lines break. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trend/columns.h"
#include "trend/sparkline.h"

static void assert_text(char *text, const char *expected)
{
    assert_string_equal(text, expected);
    free(text);
}

static void assert_wrapped(const char *text, size_t begun, size_t indent, size_t width, const char *expected)
{
    char *written;
    size_t length;
    FILE *out = open_memstream(&written, &length);
    columns__wrap(out, text, begun, indent, width);
    fclose(out);
    assert_text(written, expected);
}

static void wide_characters_take_two_columns(void **state)
{
    (void)state;
    assert_int_equal(columns__of("abc"), 3);
    assert_int_equal(columns__of("é漢字"), 5);
    assert_int_equal(columns__of("e\xcc\x81"), 1); /* combining */
    assert_int_equal(columns__of(""), 0);
}

static void what_is_cut_fits(void **state)
{
    (void)state;
    assert_text(columns__first("abcdef", 6), "abcdef");
    assert_text(columns__first("abcdef", 4), "abc…");
    assert_text(columns__last("abcdef", 4), "…def");
    assert_text(columns__first("漢字漢字", 4), "漢…"); /* half a character is none */
    assert_text(columns__last("漢字漢字", 4), "…字");
    assert_text(columns__first("漢字", 0), "");
    assert_text(columns__last("漢字", 1), "…");
}

static void lines_break_at_spaces(void **state)
{
    (void)state;
    assert_wrapped("one two three", 0, 2, 8, "one two\n  three\n");
    assert_wrapped("one two", 6, 2, 10, "one\n  two\n");
    assert_wrapped("abcdefghij", 0, 1, 4, "abcd\n efg\n hij\n"); /* one word */
    assert_wrapped("ab", 9, 3, 4, "a\n   b\n");                  /* no room at all: it goes on */
    assert_wrapped("a   b ", 0, 0, 2, "a\nb\n");
}

static struct trend_process process_of(struct sample *samples, size_t count, double lived, uint64_t open)
{
    return (struct trend_process){.process = {.samples = samples, .sample_count = count}, .lived = lived, .open = open};
}

static void a_column_shows_its_highest(void **state)
{
    (void)state;
    struct sample samples[] = {{0, 1}, {4, 8}, {4.5, 2}, {8, 4}};
    struct trend_process process = process_of(samples, 4, 10, 4);
    uint64_t most;
    assert_text(sparkline__of(&process, 5, true, &most), "▂▂█▃▅");
    assert_int_equal(most, 8);
    assert_text(sparkline__of(&process, 5, false, &most), "..#:=");
}

/* Times that a hostile ledger tells: before the start of all others, after the end. */
static void any_times_are_drawn(void **state)
{
    (void)state;
    struct sample samples[] = {{1e300, 3}, {0, UINT64_MAX}, {2, 0}};
    struct trend_process process = process_of(samples, 3, 0, UINT64_MAX);
    uint64_t most;
    char *line = sparkline__of(&process, 3, true, &most);
    assert_int_equal(columns__of(line), 3);
    free(line);
    process.process.sample_count = 1;
    assert_null(sparkline__of(&process, 3, true, &most));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wide_characters_take_two_columns),
        cmocka_unit_test(what_is_cut_fits),
        cmocka_unit_test(lines_break_at_spaces),
        cmocka_unit_test(a_column_shows_its_highest),
        cmocka_unit_test(any_times_are_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
