/* Text of a program's making cannot harm the terminal that it is shown on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/escape.h"

static const struct {
    const char *text, *shown;
} cases[] = {
    {"", ""},
    {"/etc/hosts", "/etc/hosts"},
    {"a b\"c'd\\e", "a b\"c'd\\e"},
    {"gr\xc3\xbc\xc3\x9f \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80",
     "gr\xc3\xbc\xc3\x9f \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80"},
    {"\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"},
    {"one\ntwo\r\tthree\x7f", "one\\x0atwo\\x0d\\x09three\\x7f"},
    {"\xc2\x9bm", "\\u009bm"},                        /* CSI in one character */
    {"\x9bm", "\\x9bm"},                              /* and as a byte */
    {"a\xe2\x80\xaetxt.exe", "a\\u202etxt.exe"},      /* right-to-left override */
    {"\xe2\x81\xa6x\xe2\x81\xa9", "\\u2066x\\u2069"}, /* isolates */
    {"\xe2\x80\xa8", "\\u2028"},                      /* line separator */
    {"\xf3\xa0\x81\x81", "\\U000e0041"},              /* tag */
    {"\xc0\xaf", "\\xc0\\xaf"},                       /* overlong */
    {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
    {"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* surrogate */
    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* beyond Unicode */
    {"\xe6\x97", "\\xe6\\x97"},                   /* cut off */
    {"\xff\xfe", "\\xff\\xfe"},
};

static void shows_what_is_harmless_and_escapes_the_rest(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *shown = escape__new(cases[i].text, strlen(cases[i].text));
        assert_string_equal(shown, cases[i].shown);
        char *again = escape__new(shown, strlen(shown));
        assert_string_equal(again, shown);
        free(again);
        free(shown);
    }
}

static void no_byte_gets_through_that_could_move_a_cursor(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 256; first++)
        for (unsigned second = 0; second < 256; second++) {
            char shown[64];
            const char text[] = {(char)first, (char)second};
            escape__terminal(shown, sizeof shown, text, sizeof text);
            for (const char *at = shown; *at; at++)
                assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
        }
}

static void a_zero_within_the_length_is_shown(void **state)
{
    (void)state;
    char shown[16];
    assert_int_equal(escape__terminal(shown, sizeof shown, "a\0b", 3), 6);
    assert_string_equal(shown, "a\\x00b");
}

static void cuts_between_characters_and_tells_the_whole_length(void **state)
{
    (void)state;
    static const char text[] = "ab\x1b\xc3\xbc";
    static const char whole[] = "ab\\x1b\xc3\xbc";
    for (size_t room = 0; room <= sizeof whole; room++) {
        char shown[sizeof whole + 1];
        memset(shown, '#', sizeof shown);
        assert_int_equal(escape__terminal(shown, room, text, strlen(text)), strlen(whole));
        assert_int_equal(shown[sizeof whole], '#');
        if (room == 0)
            continue;
        size_t length = strlen(shown);
        assert_true(length < room && strncmp(shown, whole, length) == 0);
        assert_true(length <= 2 || length == 6 || length == 8);
    }
}

static void quotes_without_ambiguity(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    escape__print_quoted(file, "a\"b\\x0a\n", 8);
    escape__print(file, "\"\x07", 2);
    fclose(file);
    assert_string_equal(text, "\"a\\\"b\\\\x0a\\x0a\"\"\\x07");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_what_is_harmless_and_escapes_the_rest),
        cmocka_unit_test(no_byte_gets_through_that_could_move_a_cursor),
        cmocka_unit_test(a_zero_within_the_length_is_shown),
        cmocka_unit_test(cuts_between_characters_and_tells_the_whole_length),
        cmocka_unit_test(quotes_without_ambiguity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
