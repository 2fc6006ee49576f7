/* What is read of an interpreter: line tables of each version, texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "python/python.h"

static uint32_t line(uint32_t minor, const uint8_t *table, size_t size, uint32_t at)
{
    return lw_python_line_in(minor, table, size, 10, at);
}

/* Steps of (bytes, lines): a line may go on for more than 255 bytes, and go back. */
static void up_to_3_9_a_table_has_steps(void **state)
{
    (void)state;
    static const uint8_t table[] = {0, 1, 8, 2, 255, 0, 45, 1, 4, (uint8_t)-2};
    assert_int_equal(line(8, table, sizeof table, 0), 11);
    assert_int_equal(line(9, table, sizeof table, 7), 11);
    assert_int_equal(line(9, table, sizeof table, 8), 13);
    assert_int_equal(line(9, table, sizeof table, 307), 13);
    assert_int_equal(line(9, table, sizeof table, 308), 14);
    assert_int_equal(line(9, table, sizeof table, 312), 12);
    assert_int_equal(line(9, table, sizeof table, 4000), 12);
    assert_int_equal(line(9, table, 0, 4000), 10);
}

/* Ranges, some of no line. */
static void in_3_10_a_table_has_ranges(void **state)
{
    (void)state;
    static const uint8_t table[] = {4, 0, 254, 3, 46, 0, 2, 0x80, 6, (uint8_t)-1};
    assert_int_equal(line(10, table, sizeof table, 0), 10);
    assert_int_equal(line(10, table, sizeof table, 4), 13);
    assert_int_equal(line(10, table, sizeof table, 303), 13);
    assert_int_equal(line(10, table, sizeof table, 304), 0);
    assert_int_equal(line(10, table, sizeof table, 306), 12);
    assert_int_equal(line(10, table, sizeof table, 312), 0); /* beyond its end */
}

/* Entries: 0x80 | form << 3 | units - 1. */
static void from_3_11_on_a_table_has_entries(void **state)
{
    (void)state;
    static const uint8_t table[] = {
        0x80 | 3 << 3 | 1,  0x14,            /* two units on the line */
        0x80 | 11 << 3 | 0, 1,    2,         /* one, a line further */
        0x80 | 13 << 3 | 2, 5,               /* three, two lines back, without columns */
        0x80 | 15 << 3 | 0,                  /* one of no line */
        0x80 | 14 << 3 | 7, 0x42, 3, 1, 2, 4 /* eight, 97 lines further, over one line */
    };
    assert_int_equal(line(11, table, sizeof table, 0), 10);
    assert_int_equal(line(11, table, sizeof table, 3), 10);
    assert_int_equal(line(12, table, sizeof table, 4), 11);
    assert_int_equal(line(13, table, sizeof table, 6), 9);
    assert_int_equal(line(13, table, sizeof table, 11), 9);
    assert_int_equal(line(13, table, sizeof table, 12), 0);
    assert_int_equal(line(13, table, sizeof table, 14), 106);
    assert_int_equal(line(13, table, sizeof table, 29), 106);
    assert_int_equal(line(13, table, sizeof table, 30), 0);
}

/* A number that goes on behind the end, for ever, or over more bits than there are. */
static void a_table_is_not_trusted(void **state)
{
    (void)state;
    static const uint8_t cut[] = {0x80 | 14 << 3, 0x7f};
    static const uint8_t endless[] = {0x80 | 14 << 3, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f};
    line(11, cut, sizeof cut, 0);
    line(13, endless, sizeof endless, 60);
    line(9, cut, 1, 60);
    line(10, cut, 1, 60);
    assert_int_equal(line(12, cut, sizeof cut, (uint32_t)-2), 10); /* it has not begun */
}

static void texts_become_utf8(void **state)
{
    (void)state;
    static const uint8_t narrow[] = {'a', 0xe9};
    static const uint16_t middle[] = {0x65e5, 'b', 0xdcff, 0x7ff};
    static const uint32_t wide[] = {0x1f600, 'c'};
    char text[16];
    assert_int_equal(lw_python_utf8(text, sizeof text, narrow, 2, 1), 3);
    assert_memory_equal(text, "a\xc3\xa9", 3);
    assert_int_equal(lw_python_utf8(text, sizeof text, middle, 4, 2), 7);
    assert_memory_equal(text,
                        "\xe6\x97\xa5"
                        "b"
                        "\xff"
                        "\xdf\xbf",
                        7);
    assert_int_equal(lw_python_utf8(text, sizeof text, wide, 2, 4), 5);
    assert_memory_equal(text,
                        "\xf0\x9f\x98\x80"
                        "c",
                        5);
    assert_int_equal(lw_python_utf8(text, 3, wide, 2, 4), 0); /* whole characters only */
    assert_int_equal(lw_python_utf8(text, 4, middle, 4, 2), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(up_to_3_9_a_table_has_steps),
        cmocka_unit_test(in_3_10_a_table_has_ranges),
        cmocka_unit_test(from_3_11_on_a_table_has_entries),
        cmocka_unit_test(a_table_is_not_trusted),
        cmocka_unit_test(texts_become_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
