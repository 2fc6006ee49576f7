/* What a fingerprint survives, and what makes another one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "model/fingerprint.h"
#include "symbol/demangle.h"

enum { FRAMES = 8 };

/* A stack as one build has it. */
struct build {
    struct frame frames[FRAMES];
    const struct frame *list[FRAMES];
    struct stack stack;
};

static const char *const functions[] = {"open_conn", "serve", "loop", "run", "main"};

static struct build *new_build(void)
{
    struct build *build = calloc(1, sizeof *build);
    assert_non_null(build);
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        build->frames[i] = (struct frame){.function = functions[i],
                                          .module = "/build/a/server",
                                          .file = "/build/a/server.c",
                                          .line = (int)(10 * i + 1),
                                          .offset = 0x1000 + 0x10 * i};
    for (size_t i = 0; i < FRAMES; i++)
        build->list[i] = &build->frames[i];
    build->stack = (struct stack){.count = sizeof functions / sizeof functions[0], .frames = build->list};
    return build;
}

static void make(char text[17], const struct build *build)
{
    fingerprint__make(text, "fd-leak", "open", NULL, &build->stack, NULL);
}

static bool is_same(const struct build *left, const struct build *right)
{
    char a[17], b[17];
    make(a, left);
    make(b, right);
    return strcmp(a, b) == 0;
}

static void it_is_16_hex_digits(void **state)
{
    (void)state;
    char text[17];
    struct build *build = new_build();
    make(text, build);
    assert_int_equal(strlen(text), 16);
    assert_int_equal(strspn(text, "0123456789abcdef"), 16);
    free(build);
}

static void lines_addresses_and_directories_do_not_matter(void **state)
{
    (void)state;
    struct build *old = new_build(), *new = new_build();
    for (size_t i = 0; i < FRAMES; i++) {
        new->frames[i].line += 7;
        new->frames[i].offset += 0x4242;
        new->frames[i].module = "/home/other/server";
        new->frames[i].file = "/home/other/server.c";
        new->frames[i].build_id = "0123";
    }
    assert_true(is_same(old, new));
    free(old);
    free(new);
}

static void only_the_innermost_frames_of_the_user_matter(void **state)
{
    (void)state;
    struct build *old = new_build(), *outer = new_build(), *inner = new_build(), *library = new_build();
    outer->frames[4].function = "another_main";
    inner->frames[3].function = "another_run";
    library->list[0] =
        &(const struct frame){.function = "std::open", .module = "/lib/libstdc++.so.6", .origin = CODE_LIBRARY};
    for (size_t i = 1; i <= library->stack.count; i++)
        library->list[i] = &library->frames[i - 1];
    library->stack.count++;
    assert_true(is_same(old, outer));
    assert_false(is_same(old, inner));
    assert_true(is_same(old, library));
    free(old);
    free(outer);
    free(inner);
    free(library);
}

static void functions_and_modules_matter(void **state)
{
    (void)state;
    struct build *old = new_build(), *function = new_build(), *module = new_build();
    function->frames[0].function = "open_file";
    module->frames[0].module = "/build/a/libplugin.so";
    assert_false(is_same(old, function));
    assert_false(is_same(old, module));
    free(old);
    free(function);
    free(module);
}

static void without_a_name_the_offset_counts(void **state)
{
    (void)state;
    struct build *old = new_build(), *same = new_build(), *other = new_build();
    old->frames[0].function = same->frames[0].function = other->frames[0].function = NULL;
    other->frames[0].offset += 0x100;
    assert_true(is_same(old, same));
    assert_false(is_same(old, other));
    free(old);
    free(same);
    free(other);
}

static void kind_call_and_scope_matter(void **state)
{
    static const char *const different[][3] = {
        {"fd-leak", "open", NULL},  {"dir-leak", "open", NULL},  {"fd-leak", "socket", NULL},
        {"fd-leak", "open", "job"}, {"fd-leak", "openat", NULL}, {"fd-leak", "dup", NULL},
        {"fd-leak", "dup2", NULL},  {"fd-leak", NULL, NULL},
    };
    enum { COUNT = sizeof different / sizeof different[0] };
    (void)state;
    char texts[COUNT][17];
    struct build *build = new_build();
    for (size_t i = 0; i < COUNT; i++)
        fingerprint__make(texts[i], different[i][0], different[i][1], different[i][2], &build->stack, NULL);
    for (size_t i = 0; i < COUNT; i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(texts[i], texts[k]);
    free(build);
}

/* What -O2, -D_FORTIFY_SOURCE and -D_FILE_OFFSET_BITS=64 make of one call. */
static void variants_of_a_call_are_one(void **state)
{
    static const char *const variants[] = {"open64", "__open_2", "__open64_2", "__open"};
    (void)state;
    char first[17], text[17];
    struct build *build = new_build();
    make(first, build);
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        fingerprint__make(text, "fd-leak", variants[i], NULL, &build->stack, NULL);
        assert_string_equal(text, first);
    }
    free(build);
}

static void what_compilers_append_is_no_part_of_a_name(void **state)
{
    static const char *const symbols[][2] = {
        {"load.isra.0", "load"},
        {"load.part.3.constprop.1", "load"},
        {"load.cold", "load"},
        {"load.llvm.1234567", "load"},
        {"_ZN4conn4openEv.isra.0", "conn::open"},
        {"_ZN4core3foo17h0123456789abcdefE", "core::foo"},
        {"_RNvCskwGfYPst2Cb_3foo16example_function", "foo::example_function"},
        {"load.partial", "load.partial"},
        {".part.0", ".part.0"},
        {"plain", "plain"},
    };
    (void)state;
    struct pool *pool = pool__new();
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++)
        assert_string_equal(demangle__function(pool, symbols[i][0]), symbols[i][1]);
    assert_null(demangle__function(pool, NULL));
    pool__free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_16_hex_digits),
        cmocka_unit_test(lines_addresses_and_directories_do_not_matter),
        cmocka_unit_test(only_the_innermost_frames_of_the_user_matter),
        cmocka_unit_test(functions_and_modules_matter),
        cmocka_unit_test(without_a_name_the_offset_counts),
        cmocka_unit_test(kind_call_and_scope_matter),
        cmocka_unit_test(variants_of_a_call_are_one),
        cmocka_unit_test(what_compilers_append_is_no_part_of_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
