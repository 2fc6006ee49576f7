/* Addresses of this very program, and of the C library: to functions, lines, inlined functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbol/symbols.h"

enum { ROOM = 32 };

struct place {
    const void *address;
    int line;
};

/* The return address of the call that is made in its line. */
__attribute__((noinline)) static struct place where_am_i(int line)
{
    return (struct place){__builtin_return_address(0), line};
}

__attribute__((always_inline)) static inline struct place deeply_inlined(void)
{
    struct place place = where_am_i(__LINE__);
    return place;
}

__attribute__((always_inline)) static inline struct place inlined(int *line)
{
    *line = __LINE__ + 1;
    struct place place = deeply_inlined();
    return place;
}

__attribute__((noinline)) static struct place outermost(int *inner, int *outer)
{
    *outer = __LINE__ + 1;
    struct place place = inlined(inner);
    __asm__ volatile("" ::: "memory");
    return place;
}

/* The module that holds an address, and its path. */
static struct lw_module module_of(const void *address, char path[4096])
{
    Dl_info info;
    struct link_map *map = NULL;
    assert_int_not_equal(dladdr1(address, &info, (void **)&map, RTLD_DL_LINKMAP), 0);
    ssize_t length = map->l_name[0] == '\0' ? readlink("/proc/self/exe", path, 4095) : 0;
    if (length > 0)
        path[length] = '\0';
    else
        strcpy(path, info.dli_fname);
    return (struct lw_module){.base = map->l_addr};
}

static size_t look_up(struct symbols *symbols, const void *address, bool exact, struct frame *frames)
{
    char path[4096];
    struct lw_module module = module_of(address, path);
    return symbols__look_up(symbols, path, &module, (uint64_t)(uintptr_t)address, exact, frames, ROOM);
}

static void a_return_address_is_its_calls_line(void **state)
{
    (void)state;
    struct symbols *symbols = symbols__new(NULL);
    struct frame frames[ROOM];
    struct place place = where_am_i(__LINE__);
    assert_int_equal(look_up(symbols, place.address, false, frames), 1);
    assert_string_equal(frames[0].function, "a_return_address_is_its_calls_line");
    assert_non_null(strstr(frames[0].file, "/symbols_test.c"));
    assert_int_equal(frames[0].line, place.line);
    assert_string_equal(frames[0].language, "C");
    assert_false(frames[0].inlined);
    assert_false(frames[0].changed);
    assert_int_equal(frames[0].origin, CODE_USER);
    symbols__free(symbols);
}

static void inlined_functions_are_frames(void **state)
{
    (void)state;
    struct symbols *symbols = symbols__new(NULL);
    struct frame frames[ROOM];
    int inner, outer;
    struct place place = outermost(&inner, &outer);
    assert_int_equal(look_up(symbols, place.address, false, frames), 3);
    assert_string_equal(frames[0].function, "deeply_inlined");
    assert_string_equal(frames[1].function, "inlined");
    assert_string_equal(frames[2].function, "outermost");
    assert_int_equal(frames[0].line, place.line);
    assert_int_equal(frames[1].line, inner);
    assert_int_equal(frames[2].line, outer);
    assert_true(frames[0].inlined && frames[1].inlined && !frames[2].inlined);
    symbols__free(symbols);
}

static void the_c_librarys_functions_have_names(void **state)
{
    (void)state;
    struct symbols *symbols = symbols__new(NULL);
    struct frame frames[ROOM];
    const void *address = dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
    size_t count = look_up(symbols, address, true, frames);
    assert_true(count > 0);
    assert_non_null(strstr(frames[count - 1].function, "gnu_get_libc_version"));
    assert_int_equal(frames[0].origin, CODE_ENTRY);
    symbols__free(symbols);
}

static void another_build_is_not_believed(void **state)
{
    (void)state;
    struct symbols *symbols = symbols__new(NULL);
    struct frame frames[ROOM];
    char path[4096];
    struct place place = where_am_i(__LINE__);
    struct lw_module module = module_of(place.address, path);
    module.build_id_length = 20;
    memset(module.build_id, 0x5a, module.build_id_length);
    uint64_t address = (uint64_t)(uintptr_t)place.address;
    assert_int_equal(symbols__look_up(symbols, path, &module, address, false, frames, ROOM), 1);
    assert_true(frames[0].changed);
    assert_null(frames[0].function);
    assert_null(frames[0].file);
    assert_int_equal(strspn(frames[0].build_id, "5a"), 40);
    assert_int_equal(frames[0].offset, address - module.base);
    symbols__free(symbols);
}

static void what_cannot_be_read_has_module_and_offset(void **state)
{
    static const char *const paths[] = {"/nowhere/app", "/dev/null", "/tmp", "/proc/version", ""};
    (void)state;
    struct symbols *symbols = symbols__new(NULL);
    const struct lw_module module = {.base = 0x400000};
    struct frame frames[ROOM];
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        assert_int_equal(symbols__look_up(symbols, paths[i], &module, 0x400123, false, frames, ROOM), 1);
        assert_string_equal(frames[0].module, paths[i]);
        assert_int_equal(frames[0].offset, 0x123);
        assert_null(frames[0].function);
    }
    assert_int_equal(symbols__look_up(symbols, NULL, NULL, LW_ADDRESS_GENERATED, false, frames, ROOM), 1);
    assert_null(frames[0].module);
    symbols__free(symbols);
}

static void equal_modules_of_ledgers_have_one_number(void **state)
{
    (void)state;
    struct symbols *symbols = symbols__new(NULL);
    struct lw_module here = {.base = 1}, elsewhere = {.base = 2}, rebuilt = {.base = 1, .build_id_length = 4};
    uint32_t number = symbols__module(symbols, "/bin/app", &here);
    assert_int_not_equal(number, 0);
    assert_int_equal(symbols__module(symbols, "/bin/app", &elsewhere), number);
    assert_int_not_equal(symbols__module(symbols, "/bin/app", &rebuilt), number);
    assert_int_not_equal(symbols__module(symbols, "/bin/other", &here), number);
    assert_int_equal(symbols__module(symbols, NULL, &here), 0);
    symbols__free(symbols);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_return_address_is_its_calls_line),
        cmocka_unit_test(inlined_functions_are_frames),
        cmocka_unit_test(the_c_librarys_functions_have_names),
        cmocka_unit_test(another_build_is_not_believed),
        cmocka_unit_test(what_cannot_be_read_has_module_and_offset),
        cmocka_unit_test(equal_modules_of_ledgers_have_one_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
