/* Exceptions that a context manager swallowed, as a binding told: whose they are, how bad, and what tells them apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "story.h"

struct told {
    int error; /* below 0: its type has a name */
    enum lw_telling telling;
    uint64_t count;
    const char *detail;
};

/* By Writer.__exit__ at line 5, of what was raised at line 31. */
static void tell(struct maker *maker, const struct told *told)
{
    uint32_t block = maker__line(maker, 31, "store", "/srv/records.py", 0);
    uint32_t exit = maker__line(maker, 5, "Writer.__exit__", "/srv/records.py", block);
    struct lw_failure *row = maker__failure(maker, exit, "Writer.__exit__", told->error);
    row->role = told->telling == LW_UNTOLD ? LW_SWALLOWED : LW_SWALLOWED_TOLD;
    row->status = (int32_t)told->telling;
    row->count = told->count;
    memcpy(row->detail, told->detail, strnlen(told->detail, sizeof row->detail));
}

static struct maker *new_maker(void)
{
    struct maker *maker = maker__new();
    maker__lane(maker, 0);
    return maker;
}

static void what_nobody_was_told_of_is_an_error(void **state)
{
    (void)state;
    struct maker *maker = new_maker();
    tell(maker, &(struct told){ENOSPC, LW_UNTOLD, 5, "OSError: [Errno 28] No space left on device"});
    struct story *story = story__of(maker);
    const struct finding *finding = only_finding(story__end(story), "swallowed-exception");
    assert_int_equal(finding->level, LEVEL_ERROR);
    assert_int_equal(finding->count, 5);
    assert_int_equal(finding->error, ENOSPC);
    assert_string_equal(finding->call, "Writer.__exit__");
    assert_string_equal(finding__text(finding, FACT_SAID), "OSError");
    assert_string_equal(finding->resource.examples[0].detail, "OSError: [Errno 28] No space left on device");
    const struct frame *frame = stack__user_frame(kinds__main_stack(finding));
    assert_string_equal(frame->function, "Writer.__exit__");
    assert_int_equal(frame->line, 5);
    assert_non_null(strstr(finding__text(finding, FACT_TELLING), "nobody was told"));
    story__free(story);
}

static void what_was_told_or_is_a_librarys_way_is_a_note(void **state)
{
    static const struct {
        int32_t telling;
        const char *text;
    } cases[] = {
        {LW_LOGGED, "something was logged"},
        {LW_BY_LIBRARY, "the way of a library"},
        {77, "something was logged"}, /* of a later version */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct maker *maker = new_maker();
        tell(maker, &(struct told){0, (enum lw_telling)cases[i].telling, 1, "KeyError"});
        struct story *story = story__of(maker);
        const struct finding *finding = only_finding(story__end(story), "swallowed-exception");
        assert_int_equal(finding->level, LEVEL_NOTE);
        assert_non_null(strstr(finding__text(finding, FACT_TELLING), cases[i].text));
        assert_string_equal(finding__text(finding, FACT_SAID), "KeyError");
        story__free(story);
    }
}

/* Of one line, too; and a number that stands for a type is no errno. */
static void types_are_told_apart(void **state)
{
    (void)state;
    struct maker *maker = new_maker();
    tell(maker, &(struct told){-3, LW_UNTOLD, 2, "KeyError: 'y'"});
    tell(maker, &(struct told){-4, LW_UNTOLD, 1, "ValueError: bad"});
    struct story *story = story__of(maker);
    const struct report *report = story__end(story);
    assert_int_equal(report->finding_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct finding *finding = &report->findings[i];
        bool is_first = strcmp(finding__text(finding, FACT_SAID), "KeyError") == 0;
        assert_int_equal(finding->count, is_first ? 2 : 1);
        assert_int_equal(finding->error, 0);
    }
    assert_string_not_equal(report->findings[0].fingerprint, report->findings[1].fingerprint);
    story__free(story);
}

/* As long as a row has room for, without an end; and none at all. */
static void any_detail_is_read(void **state)
{
    static const char *const details[] = {"ATypeWhoseNameIsLongerThanTheSixtyFourBytesThatThereAreInOneRowOfTheLedger",
                                          ""};
    static const size_t lengths[] = {64, 0};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct maker *maker = new_maker();
        tell(maker, &(struct told){0, LW_UNTOLD, 1, details[i]});
        struct story *story = story__of(maker);
        const char *said = finding__text(only_finding(story__end(story), "swallowed-exception"), FACT_SAID);
        assert_int_equal(said ? strlen(said) : 0, lengths[i]);
        story__free(story);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_was_told_of_is_an_error),
        cmocka_unit_test(what_was_told_or_is_a_librarys_way_is_a_note),
        cmocka_unit_test(types_are_told_apart),
        cmocka_unit_test(any_detail_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
