/* The rows of kinds.def: whoever meets a kind of finding for the first time is told what it means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "model/finding.h"
#include "model/kinds.h"
#include "reports/text/sentence.h"

static void every_kind_has_a_name_of_its_own_and_is_found_by_it(void **state)
{
    (void)state;
    for (int i = 0; i < KINDS; i++) {
        const struct finding_kind *kind = kinds__get((enum kind_id)i);
        assert_ptr_equal(kinds__find(kind->name), kind);
        assert_int_equal(strspn(kind->name, "abcdefghijklmnopqrstuvwxyz-"), strlen(kind->name));
    }
}

static void every_headline_can_be_filled_in(void **state)
{
    (void)state;
    for (int i = 0; i < KINDS; i++)
        if (!sentence__is_sound(kinds__get((enum kind_id)i)->headline))
            fail_msg("not a sentence: %s", kinds__get((enum kind_id)i)->headline);
    static const char *const unsound[] = {"{nobody}",    "{count", "[{count}",  "{count}]",
                                          "[[{count}]]", "}",      "{released}"};
    for (size_t i = 0; i < sizeof unsound / sizeof unsound[0]; i++)
        assert_false(sentence__is_sound(unsound[i]));
}

static void every_fact_can_be_told(void **state)
{
    (void)state;
    for (enum fact_id id = FACT_NONE + 1; id < FACTS; id++) {
        const struct fact_kind *fact = facts__kind(id);
        assert_int_equal(facts__find(fact->name, strlen(fact->name)), id);
        if ((fact->sentence != NULL && !sentence__is_sound(fact->sentence)) ||
            (fact->item != NULL && !sentence__is_sound(fact->item)))
            fail_msg("not a sentence: that of %s", fact->name);
    }
}

static void facts_stand_in_the_order_of_their_rows(void **state)
{
    (void)state;
    struct finding finding = {.count = 1};
    static const enum fact_id ids[] = {FACT_VICTIM, FACT_SAID, FACT_HOLDERS, FACT_RESULT, FACT_WAS_LAST};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        finding__add_fact(&finding, &(struct fact){.id = ids[i], .count = i});
    assert_int_equal(finding.fact_count, sizeof ids / sizeof ids[0]);
    for (size_t i = 1; i < finding.fact_count; i++)
        assert_true(finding.facts[i - 1].id < finding.facts[i].id);
    assert_int_equal(finding__count(&finding, FACT_HOLDERS), 2);
    assert_null(finding__fact(&finding, FACT_CALLED));
    finding__clear_facts(&finding);
}

static void every_kind_has_help(void **state)
{
    (void)state;
    for (int i = 0; i < KINDS; i++) {
        const struct finding_kind *kind = kinds__get((enum kind_id)i);
        assert_true(strlen(kind->title) > 0 && strlen(kind->title) <= 80);
        assert_true(strlen(kind->what) > strlen(kind->title));
        assert_true(strlen(kind->mend) > 0);
    }
}

/* They are put into HTML and Markdown as they stand. */
static void it_holds_no_markup(void **state)
{
    (void)state;
    for (int i = 0; i < KINDS; i++) {
        const struct finding_kind *kind = kinds__get((enum kind_id)i);
        assert_null(strpbrk(kind->title, "<>&`*[]|{}\n"));
        assert_null(strpbrk(kind->what, "<>&`*[]|{}\n"));
        assert_null(strpbrk(kind->mend, "<>&`*[]|{}\n"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_kind_has_a_name_of_its_own_and_is_found_by_it),
                                       cmocka_unit_test(every_headline_can_be_filled_in),
                                       cmocka_unit_test(every_fact_can_be_told),
                                       cmocka_unit_test(facts_stand_in_the_order_of_their_rows),
                                       cmocka_unit_test(every_kind_has_help),
                                       cmocka_unit_test(it_holds_no_markup)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
