/* Paths of source files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "source/path.h"

static void paths_are_joined_and_made_simple(void **state)
{
    static const char *const cases[][3] = {
        {"/a/b", "c.c", "/a/b/c.c"},
        {"/a/b", "../c.c", "/a/c.c"},
        {"/a/b", "./x/../c.c", "/a/b/c.c"},
        {"/a/b", "../../../c.c", "/c.c"},
        {"./csu", "../s/x.c", "s/x.c"},
        {"..", "../c.c", "../../c.c"},
        {NULL, "/a//b/./c", "/a/b/c"},
        {NULL, "c", "c"},
        {"", "a/../b", "b"},
        {"/a", "/x/../y", "/y"},
        {"/a", "<built-in>", "<built-in>"},
        {".", "..", ".."},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *joined = source_path__join(cases[i][0], cases[i][1]);
        assert_string_equal(joined, cases[i][2]);
        free(joined);
    }
}

static void a_root_is_taken_off_where_it_ends(void **state)
{
    (void)state;
    assert_string_equal(source_path__below("/a/b/c.c", "/a/b"), "c.c");
    assert_string_equal(source_path__below("/a/b/c.c", "/a/b/"), "c.c");
    assert_string_equal(source_path__below("/a/bc.c", "/a/b"), "/a/bc.c");
    assert_string_equal(source_path__below("/a/b/c.c", NULL), "/a/b/c.c");
    assert_string_equal(source_path__below("/a/b/c.c", "/"), "/a/b/c.c");
}

static void headers_of_the_system_are_known(void **state)
{
    (void)state;
    assert_true(source_path__is_system("/usr/include/c++/12/fstream"));
    assert_true(source_path__is_system("/usr/include/x86_64-linux-gnu/bits/fcntl2.h"));
    assert_true(source_path__is_system("/rustc/abcdef/library/std/src/fs.rs"));
    assert_false(source_path__is_system("/home/me/src/main.c"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_joined_and_made_simple),
        cmocka_unit_test(a_root_is_taken_off_where_it_ends),
        cmocka_unit_test(headers_of_the_system_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
