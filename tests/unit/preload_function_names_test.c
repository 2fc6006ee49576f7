/* What functions are called in the source, and which names a pattern means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "symbol/names.h"

static void check(const char *symbol, const char *text, const char *identifier)
{
    struct lw_function_name name;
    lw_function_name(&name, symbol, strlen(symbol));
    assert_string_equal(name.text, text);
    assert_string_equal(name.text + name.identifier, identifier);
    assert_int_equal(name.length, strlen(text));
}

static void names_of_c(void **state)
{
    (void)state;
    check("handle_request", "handle_request", "handle_request");
    check("handle_request.part.0", "handle_request", "handle_request");
    check("handle_request.constprop.0.isra.0", "handle_request", "handle_request");
    check("handle_request@@VERSION_2", "handle_request", "handle_request");
    check("_start", "_start", "_start");
    check("_Z", "_Z", "_Z");
    check(".hidden", ".hidden", ".hidden");
}

static void names_of_cxx(void **state)
{
    static const char *const rows[][3] = {
        {"_Z3foov", "foo", "foo"},
        {"_ZL3foov", "foo", "foo"},
        {"_Z3fooIiEvT_", "foo", "foo"},
        {"_ZN3net6Server14handle_requestEv", "net::Server::handle_request", "handle_request"},
        {"_ZNK3net6Server3getEv.part.0", "net::Server::get", "get"},
        {"_ZN3net6ServerIiLj5EE3runEv", "net::Server::run", "run"},
        {"_ZN3net6ServerIXadL_Z3foovEEE3runEv", "net::Server::run", "run"},
        {"_ZN3net6ServerILN1B1CE2EE3runEv", "net::Server::run", "run"},
        {"_ZN3net6ServerIFvRKSsEE3runEv", "net::Server::run", "run"},
        {"_ZNSt6vectorIiSaIiEE9push_backEOi", "std::vector::push_back", "push_back"},
        {"_ZSt4sortIPiEvT_S1_", "std::sort", "sort"},
        {"_ZNSs6appendEPKc", "std::string::append", "append"},
        {"_ZN12_GLOBAL__N_13barEv", "(anonymous namespace)::bar", "bar"},
        {"_ZN3net6ServerC2Ev", "net::Server::Server", "Server"},
        {"_ZN3net6ServerD0Ev", "net::Server::~Server", "~Server"},
        {"_ZN1AplERKS_", "A::operator+", "operator+"},
        {"_ZN1AclEv", "A::operator()", "operator()"},
        {"_ZN1AcvbEv", "A::operator (cast)", "operator (cast)"},
        {"_ZN1AnwEm", "A::operator new", "operator new"},
        {"_ZN3abi5helloB5cxx11Ev", "abi::hello", "hello"},
        {"_ZZ4mainENKUlvE_clEv", "main::{lambda}::operator()", "operator()"},
        {"_ZZN1A1fEvEN1B1gEv", "A::f::B::g", "g"},
        {"_ZNSt6vectorISt4pairIlS_INSt7__cxx119sub_matchIN9__gnu_cxx17__normal_iteratorIPKcNS1_12basic_stringIcSt11"
         "char_traitsIcESaIcEEEEEEESaISD_EEESaISG_EE17_M_realloc_insertIJRlRKSF_EEEvNS4_IPSG_SI_EEDpOT_",
         "std::vector::_M_realloc_insert", "_M_realloc_insert"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check(rows[i][0], rows[i][1], rows[i][2]);
}

static void what_cannot_be_parsed_stays(void **state)
{
    static const char *const symbols[] = {"_ZTV3Foo",  "_ZN3fooE", "_ZN99fooEv", "_ZN3foo", "_ZNS_3fooEv",
                                          "_ZN3fooIE", "_Z9",      "_ZN",        "_ZZ",     "_ZN3fooILi5"};
    struct lw_function_name name;
    (void)state;
    assert_true(lw_unmangle(&name, symbols[1], strlen(symbols[1])));
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++)
        if (i != 1)
            check(symbols[i], symbols[i], symbols[i]);
}

/* Nesting that would take the stack, lengths that would not end, and a million random changes: an answer, always. */
static void hostile_symbols_end(void **state)
{
    static const char seed[] =
        "_ZZN3net6ServerINS_3KeyILi5EXadL_Z3foovEEFvRKSsEA5_iMS_iEE14handle_requestEvENKUlvE_clEv";
    static char deep[100000];
    struct lw_function_name name;
    (void)state;
    for (const char *piece = "NIXLZJPFAMTDSUC"; *piece; piece++) {
        memset(deep, *piece, sizeof deep);
        memcpy(deep, "_ZN1aI", 6);
        assert_false(lw_unmangle(&name, deep, sizeof deep));
    }
    srand(1);
    for (int i = 0; i < 300000; i++) {
        char *copy = malloc(sizeof seed - 1); /* no room behind it, for what watches over reads */
        size_t length = 1 + (size_t)rand() % (sizeof seed - 1);
        memcpy(copy, seed, sizeof seed - 1);
        for (int changes = rand() % 4; changes > 0; changes--)
            copy[(size_t)rand() % length] = "NIXLZJPFAMTDSUCE019_av"[rand() % 22];
        if (lw_unmangle(&name, copy, length))
            assert_int_equal(strlen(name.text), name.length);
        free(copy);
    }
}

static void long_names_are_kept_mangled(void **state)
{
    char symbol[2000] = "_ZN900";
    struct lw_function_name name;
    (void)state;
    memset(symbol + 6, 'x', 900);
    strcpy(symbol + 906, "3fooEv");
    lw_function_name(&name, symbol, strlen(symbol));
    assert_int_equal(name.length, LW_FUNCTION_TEXT - 1);
    assert_memory_equal(name.text, symbol, name.length);
}

static bool fits(const char *pattern, const char *text)
{
    return lw_pattern_fits(pattern, strlen(pattern), text);
}

static void patterns(void **state)
{
    (void)state;
    assert_true(fits("handle_*", "handle_request"));
    assert_true(fits("handle_*", "handle_"));
    assert_false(fits("handle_*", "xhandle_request"));
    assert_true(fits("*", ""));
    assert_false(fits("", "x"));
    assert_true(fits("*job*", "process_jobs"));
    assert_true(fits("p??cess_*b", "process_job"));
    assert_false(fits("p??cess_*b", "process_jobs"));
    assert_false(fits("?", ""));
    assert_true(fits("a*b*c", "abbbbcbc"));
    assert_false(fits("a*b*c", "abbbbcb"));
    assert_true(lw_pattern_fits("handle_*,other", 8, "handle_it"));
    /* 30 stars would take a backtracking without bounds for ever. */
    assert_false(fits("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*ab",
                      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_c),
        cmocka_unit_test(names_of_cxx),
        cmocka_unit_test(what_cannot_be_parsed_stays),
        cmocka_unit_test(hostile_symbols_end),
        cmocka_unit_test(long_names_are_kept_mangled),
        cmocka_unit_test(patterns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
