/* Whoever meets a kind of finding for the first time is told what it means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "model/kind_help.h"
#include "model/kinds.h"

static void every_kind_has_help(void **state)
{
    (void)state;
    for (int i = 0; i < KINDS; i++) {
        const char *kind = kinds__get((enum kind_id)i)->name;
        const struct kind_help *help = kind_help__find(kind);
        if (help == NULL)
            fail_msg("findings/kind_help.c has nothing on %s", kind);
        assert_true(strlen(help->title) > 0 && strlen(help->title) <= 80);
        assert_true(strlen(help->what) > strlen(help->title));
        assert_true(strlen(help->mend) > 0);
    }
}

/* They are put into HTML and Markdown as they stand. */
static void it_holds_no_markup(void **state)
{
    (void)state;
    for (int i = 0; i < KINDS; i++) {
        const struct kind_help *help = kind_help__find(kinds__get((enum kind_id)i)->name);
        assert_non_null(help);
        assert_null(strpbrk(help->title, "<>&`*[]|{}\n"));
        assert_null(strpbrk(help->what, "<>&`*[]|{}\n"));
        assert_null(strpbrk(help->mend, "<>&`*[]|{}\n"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_kind_has_help), cmocka_unit_test(it_holds_no_markup)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
