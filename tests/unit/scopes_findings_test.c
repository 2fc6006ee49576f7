/* What scopes left: joined or not, chosen by scope, beside what the process holds at its end, and what names a finding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "model/kinds.h"
#include "story.h"

/* A process with two sites in a scope "request", entered 10 times, of which 4 failed. */
struct made {
    struct maker *maker;
    uint32_t scope, first, second;
};

static struct made request(void)
{
    struct made made;
    made.maker = maker_with_site("open", LW_FD_FILE, &made.first);
    made.scope = maker__scope(made.maker, LW_SCOPE_NAMED, 0, "request");
    const struct lw_site *site = maker__element(made.maker, LW_SITES, made.first);
    const struct lw_frame *frame = maker__element(made.maker, LW_STACKS, site->stack);
    uint32_t stack = maker__frame(made.maker, 0x400440, frame->module, 0);
    made.second = maker__site(made.maker, stack, made.scope, "socket", LW_FD_SOCKET);
    struct lw_scope_count *count = maker__scope_count(made.maker, 0, made.scope);
    count->entered = count->ended = 10;
    count->failed = count->left = 4;
    return made;
}

static struct lw_leftover *leave(const struct made *made, uint32_t site, uint64_t entries, uint64_t failed)
{
    struct lw_leftover *row = maker__leftover(made->maker, made->scope, site, NULL);
    row->count = row->entries = entries;
    row->failed = failed;
    return row;
}

static void leave_together(const struct made *made, uint64_t ends)
{
    const uint32_t sites[] = {made->first, made->second};
    struct lw_departure *departure = maker__departure(made->maker, made->scope, sites, 2);
    departure->count = ends;
    departure->failure_call = maker__name(made->maker, "accept");
    departure->failure_error = EMFILE;
}

static size_t count_of(const struct report *report, const char *kind)
{
    size_t count = 0;
    for (size_t i = 0; i < report->finding_count; i++)
        count += strcmp(report->findings[i].kind->name, kind) == 0;
    return count;
}

static void what_is_left_together_by_half_of_the_ends_is_one_story(void **state)
{
    (void)state;
    struct made made = request();
    leave(&made, made.first, 4, 4);
    leave(&made, made.second, 4, 4);
    leave_together(&made, 2);
    struct story *story = story__of(made.maker);
    const struct finding *finding = only_finding(story__end(story), "scope-leak");
    assert_string_equal(finding->scope, "request");
    assert_string_equal(finding->call, "open");
    assert_int_equal(finding->count, 8);
    assert_int_equal(finding__count(finding, FACT_LEFT), 4);
    const struct fact *parts = finding__fact(finding, FACT_PARTS), *attempt = finding__fact(finding, FACT_ATTEMPT);
    assert_int_equal(parts->item_count, 1);
    assert_string_equal(parts->items[0].call, "socket");
    assert_string_equal(attempt->call, "accept");
    assert_int_equal(attempt->error, EMFILE);
    story__free(story);
}

static void what_is_mostly_left_alone_is_a_story_of_its_own(void **state)
{
    (void)state;
    struct made made = request();
    leave(&made, made.first, 4, 0);
    leave(&made, made.second, 5, 0);
    leave_together(&made, 2);
    struct story *story = story__of(made.maker);
    const struct report *report = story__end(story);
    assert_int_equal(count_of(report, "scope-leak"), 2);
    for (size_t i = 0; i < report->finding_count; i++)
        assert_null(finding__fact(&report->findings[i], FACT_PARTS));
    story__free(story);
}

static void what_a_scope_left_is_not_told_of_again_at_the_end(void **state)
{
    (void)state;
    uint32_t row;
    struct made made = request();
    maker__leftover(made.maker, made.scope, made.first, &row);
    maker__left(maker__fd(made.maker, 3, made.first, LW_FD_FILE), row, STORY_START);
    maker__fd(made.maker, 4, made.first, LW_FD_FILE);
    struct story *story = story__of(made.maker);
    const struct report *report = story__end(story);
    assert_int_equal(only_finding(report, "scope-leak")->count, 1);
    assert_int_equal(only_finding(report, "scope-leak")->resource.examples[0].id, 3);
    assert_int_equal(only_finding(report, "fd-leak")->count, 1);
    story__free(story);
}

static void scope_leaks_are_chosen_by_scope(void **state)
{
    static const struct {
        const char *scope;
        size_t findings;
    } cases[] = {{"request*", 1}, {"req*st", 1}, {"job*", 0}, {NULL, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct made made = request();
        leave(&made, made.first, 1, 0);
        const struct collector_options options = {.grouping.scope = cases[i].scope};
        struct story *story = story__new(&options, NULL);
        story__add(story, made.maker, NULL);
        assert_int_equal(count_of(story__end(story), "scope-leak"), cases[i].findings);
        story__free(story);
    }
}

static void every_reason_of_an_imbalance_has_words_of_its_own(void **state)
{
    (void)state;
    struct made made = request();
    for (uint32_t reason = LW_ENDED_TWICE; reason <= LW_ATTACHED_TWICE; reason++)
        maker__imbalance(made.maker, made.scope, (enum lw_imbalance_reason)reason, 0)->count = reason;
    struct story *story = story__of(made.maker);
    const struct report *report = story__end(story);
    assert_int_equal(count_of(report, "unbalanced-scope"), LW_ATTACHED_TWICE);
    for (size_t i = 0; i < report->finding_count; i++) {
        const struct finding *finding = &report->findings[i];
        assert_non_null(finding->later);
        assert_int_equal(finding->level, finding->count == LW_STILL_INSIDE ? LEVEL_NOTE : LEVEL_WARNING);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(finding->later, report->findings[k].later);
    }
    story__free(story);
}

/* The fingerprint of a leak that was asked for by this line of an interpreted program. */
static void fingerprint_of_line(char fingerprint[17], uint32_t line, const char *function)
{
    uint32_t site;
    struct maker *maker = maker_with_site("open", LW_FD_FILE, &site);
    struct lw_site *record = maker__element(maker, LW_SITES, site);
    record->stack = maker__source(maker, line, function, "users.py", record->stack);
    maker__fd(maker, 3, site, LW_FD_FILE);
    struct story *story = story__of(maker);
    memcpy(fingerprint, only_finding(story__end(story), "fd-leak")->fingerprint, 17);
    story__free(story);
}

static void interpreted_functions_tell_leaks_apart_and_their_lines_do_not(void **state)
{
    char one[17], moved[17], other[17];
    (void)state;
    fingerprint_of_line(one, 10, "load");
    fingerprint_of_line(moved, 14, "load");
    fingerprint_of_line(other, 10, "save");
    assert_string_equal(one, moved);
    assert_string_not_equal(one, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_left_together_by_half_of_the_ends_is_one_story),
        cmocka_unit_test(what_is_mostly_left_alone_is_a_story_of_its_own),
        cmocka_unit_test(what_a_scope_left_is_not_told_of_again_at_the_end),
        cmocka_unit_test(scope_leaks_are_chosen_by_scope),
        cmocka_unit_test(every_reason_of_an_imbalance_has_words_of_its_own),
        cmocka_unit_test(interpreted_functions_tell_leaks_apart_and_their_lines_do_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
