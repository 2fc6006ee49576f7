/* How scopes ended that did not end as they began, and what was given back out of order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "model/kinds.h"
#include "server.h"
#include "story.h"
#include "symbol/stacks.h"

static size_t count_of(const struct report *report, const char *kind)
{
    size_t count = 0;
    for (size_t i = 0; i < report->finding_count; i++)
        count += strcmp(report->findings[i].kind->name, kind) == 0;
    return count;
}

static void ends_that_were_wrong_are_told_with_their_reason(void **state)
{
    static const struct {
        enum lw_imbalance_reason reason;
        const char *name;
        enum level level;
    } cases[] = {
        {LW_ENDED_TWICE, "ended-twice", LEVEL_WARNING},
        {LW_NEVER_BEGUN, "never-begun", LEVEL_WARNING},
        {LW_ENDED_ELSEWHERE, "ended-elsewhere", LEVEL_WARNING},
        {LW_SKIPPED, "skipped", LEVEL_WARNING},
        {LW_JUMPED, "jumped", LEVEL_WARNING},
        {LW_THREAD_ENDED, "thread-ended", LEVEL_WARNING},
        {LW_EXITED, "exited", LEVEL_WARNING},
        {LW_STILL_INSIDE, "still-inside", LEVEL_NOTE},
        {LW_ATTACHED_TWICE, "attached-twice", LEVEL_WARNING},
        {LW_DETACHED_FOR_EVER, "detached-for-ever", LEVEL_WARNING},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const uint64_t addresses[] = {0x400a10, 0x400b20};
        struct server server = server__new(10, 0);
        uint32_t showed = maker__stack(server.maker, 1, &addresses[0], 1);
        struct lw_imbalance *row = maker__imbalance(server.maker, server.request, cases[i].reason, showed);
        row->begun = maker__stack(server.maker, 1, &addresses[1], 1);
        row->count = 7;
        struct story *story = story__of(server.maker);
        const struct finding *finding = only_finding(story__end(story), "unbalanced-scope");
        assert_string_equal(finding__text(finding, FACT_IMBALANCE), cases[i].name);
        assert_int_equal(finding->level, cases[i].level);
        assert_int_equal(finding->count, 7);
        assert_string_equal(finding->scope, "server > request");
        assert_int_equal(finding->acquired->frames[0]->offset, 0xb20);
        assert_int_equal(finding->released->frames[0]->offset, 0xa10);
        story__free(story);
    }
}

static void each_scope_reason_and_stack_is_one_finding(void **state)
{
    (void)state;
    struct server server = server__new(10, 0);
    const uint64_t addresses[] = {0x400a10, 0x400b20};
    for (size_t i = 0; i < 2; i++) {
        uint32_t stack = maker__stack(server.maker, 1, &addresses[i], 1);
        maker__imbalance(server.maker, server.request, LW_JUMPED, stack);
        maker__imbalance(server.maker, server.request, LW_SKIPPED, stack);
    }
    struct story *story = story__of(server.maker);
    assert_int_equal(story__end(story)->finding_count, 4);
    story__free(story);
}

static void a_release_out_of_order_names_what_was_younger(void **state)
{
    (void)state;
    struct server server = server__new(10, 0);
    const uint64_t closing = 0x400c30;
    uint32_t younger = server__another_site(&server, 0x400440, "open", LW_FD_FILE);
    maker__disorder(server.maker, server.site, younger, maker__stack(server.maker, 1, &closing, 1), "close")->count = 4;
    struct story *story = story__of(server.maker);
    const struct finding *finding = only_finding(story__end(story), "release-order");
    assert_int_equal(finding->level, LEVEL_NOTE);
    assert_int_equal(finding->count, 4);
    assert_string_equal(finding->call, "socket");
    assert_int_equal(finding->released->frames[0]->offset, 0xc30);
    const struct fact *held = finding__fact(finding, FACT_YOUNGER);
    assert_non_null(held);
    assert_int_equal(held->item_count, 1);
    assert_string_equal(held->items[0].call, "open");
    assert_int_equal(held->items[0].stack->frames[0]->offset, 0x440);
    story__free(story);
}

static void every_reason_of_an_imbalance_has_words_of_its_own(void **state)
{
    (void)state;
    struct server server = server__new(10, 4);
    for (uint32_t reason = LW_ENDED_TWICE; reason <= LW_ATTACHED_TWICE; reason++)
        maker__imbalance(server.maker, server.request, (enum lw_imbalance_reason)reason, 0)->count = reason;
    struct story *story = story__of(server.maker);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_that_were_wrong_are_told_with_their_reason),
        cmocka_unit_test(each_scope_reason_and_stack_is_one_finding),
        cmocka_unit_test(a_release_out_of_order_names_what_was_younger),
        cmocka_unit_test(every_reason_of_an_imbalance_has_words_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
