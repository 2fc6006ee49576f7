/* Who gave something back, by the functions of the interpreter that stand below the innermost line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "symbol/finaliser.h"

enum { DEEPEST = 8 };

/* By the names of a stack's functions, innermost first; "@main" is a line of a Python program, "" a function without a name. */
static enum finaliser of(const char *const *names, bool *knows_lines)
{
    struct frame frames[DEEPEST] = {{.function = NULL}};
    const struct frame *pointers[DEEPEST];
    struct stack stack = {.frames = pointers};
    for (; names[stack.count] != NULL; stack.count++) {
        const char *name = names[stack.count];
        struct frame *frame = &frames[stack.count];
        assert_true(stack.count < DEEPEST);
        bool is_line = name[0] == '@';
        *frame = (struct frame){.function = name[0] != '\0' ? name + is_line : NULL,
                                .module = is_line ? NULL : "/usr/bin/python3",
                                .language = is_line ? "python" : NULL};
        pointers[stack.count] = frame;
    }
    if (knows_lines != NULL)
        *knows_lines = finaliser__knows_lines(&stack);
    return finaliser__of(&stack);
}
#define OF(...) of((const char *const[]){__VA_ARGS__, NULL}, NULL)

static void what_a_line_closes_the_program_gave_back(void **state)
{
    (void)state;
    assert_int_equal(OF("close", "_io_FileIO_close", "@Archive.read", "@main"), FINALISER_NONE);
    assert_int_equal(OF("close", "", "@main"), FINALISER_NONE);
    /* a line that runs in a finaliser's, or the collector's, time is a line all the same */
    assert_int_equal(OF("close", "_io_FileIO_close", "@flush", "subtype_dealloc", "@main"), FINALISER_NONE);
    assert_int_equal(OF("close", "@callback", "gc_collect_main", "Py_FinalizeEx"), FINALISER_NONE);
}

static void the_last_reference(void **state)
{
    (void)state;
    assert_int_equal(OF("close", "internal_close", "fileio_dealloc", "@read"), FINALISER_REFERENCE);
    assert_int_equal(OF("close", "", "_io.FileIO.tp_dealloc", "@read"), FINALISER_REFERENCE);
    assert_int_equal(OF("close", "iobase_finalize", "PyObject_CallFinalizerFromDealloc", "@read"), FINALISER_REFERENCE);
    assert_int_equal(OF("close", "_PyFrame_ClearExceptCode", "@read"), FINALISER_REFERENCE);
}

/* Which calls the functions that end objects, so that theirs stand below it. */
static void the_collector_comes_before_the_last_reference_and_the_end_before_both(void **state)
{
    (void)state;
    assert_int_equal(OF("close", "fileio_dealloc", "dict_dealloc", "gc_collect_main", "@work"), FINALISER_COLLECTOR);
    assert_int_equal(OF("close", "fileio_dealloc", "gc_collect_main", "Py_FinalizeEx"), FINALISER_END);
    assert_int_equal(OF("close", "fileio_dealloc", "finalize_modules_clear_weaklist"), FINALISER_END);
    assert_int_equal(OF("close", "fileio_dealloc", "_PyGC_CollectNoFail", "PyInterpreterState_Clear"), FINALISER_END);
}

/* An interpreter without symbols: nothing says that it collects, but nobody's last reference went. */
static void who_ends_an_object_without_more_is_the_collector(void **state)
{
    (void)state;
    assert_int_equal(OF("close", "", "_io.FileIO.tp_finalize", "", "@work"), FINALISER_COLLECTOR);
    assert_int_equal(OF("close", "sock_finalize", "", "@work"), FINALISER_COLLECTOR);
}

static void what_del_does_is_the_interpreters_doing(void **state)
{
    (void)state;
    assert_int_equal(
        OF("close", "_io_FileIO_close", "@Connection.__del__", "slot_tp_finalize", "subtype_dealloc", "@work"),
        FINALISER_REFERENCE);
    assert_int_equal(OF("close", "@close", "@__del__", "slot_tp_finalize", "gc_collect_main", "@work"),
                     FINALISER_COLLECTOR);
    assert_int_equal(OF("close", "@Connection.__del__", "@Connection.close", "@work"), FINALISER_COLLECTOR);
    assert_int_equal(OF("close", "@Connection.__delete__", "subtype_dealloc", "@work"), FINALISER_NONE);
    assert_int_equal(OF("close", "__del__", "@work"), FINALISER_NONE); /* C's, of that name */
}

/* Methods of Python's, called by what ends an object. */
static void lines_below_a_finaliser_do_not_hide_it(void **state)
{
    (void)state;
    assert_int_equal(OF("close", "@GzipFile.close", "iobase_finalize", "subtype_dealloc", "@work"),
                     FINALISER_REFERENCE);
    assert_int_equal(OF("close", "@generator", "gen_finalize", "gen_dealloc", "@work"), FINALISER_REFERENCE);
}

static void lines_are_known_where_one_is_pythons(void **state)
{
    bool knows = true;
    (void)state;
    of((const char *const[]){"close", "fileio_dealloc", NULL}, &knows);
    assert_false(knows);
    of((const char *const[]){"close", "fileio_dealloc", "@main", NULL}, &knows);
    assert_true(knows);
    assert_false(finaliser__knows_lines(NULL));
    assert_int_equal(finaliser__of(NULL), FINALISER_NONE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_line_closes_the_program_gave_back),
        cmocka_unit_test(the_last_reference),
        cmocka_unit_test(the_collector_comes_before_the_last_reference_and_the_end_before_both),
        cmocka_unit_test(who_ends_an_object_without_more_is_the_collector),
        cmocka_unit_test(what_del_does_is_the_interpreters_doing),
        cmocka_unit_test(lines_below_a_finaliser_do_not_hide_it),
        cmocka_unit_test(lines_are_known_where_one_is_pythons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
