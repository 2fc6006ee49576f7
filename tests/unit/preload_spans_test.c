/* Spans of scopes, linked in as they are: their numbers, their memory, and the lists of what they hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "span/span.h"
#include "process/process.h"

#define INDEX(id) ((uint32_t)(id)&0xfffff)

static struct lw_scopes *scopes;

static int begin(void **state)
{
    (void)state;
    lw_strict = false;
    lw_spans_forget();
    lw_era++;
    scopes = lw_scopes_of_lane(0);
    return scopes ? 0 : -1;
}

static struct lw_span *new_entry(uint32_t thread)
{
    struct lw_span *span = lw_span_new(scopes, 7);
    assert_non_null(span);
    span->thread = thread;
    return span;
}

/* As an acquisition charges it. */
static void hold(struct lw_span *span, struct lw_slot *slot)
{
    slot->word = lw_next_word(slot->word, LW_HELD);
    if (slot->entry != span->id)
        assert_true(lw_list_add(scopes, span, slot));
    slot->entry = span->id;
}

static void give_back(struct lw_slot *slot)
{
    slot->word = lw_in_state(slot->word, LW_FREE);
}

static uint32_t held(const struct lw_span *span)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < span->held_count; i++)
        count += span->held[i]->entry == span->id && lw_is_held(span->held[i]->word);
    return count;
}

/* ---- Numbers ---- */

static void an_ended_entry_is_recognised_when_its_place_is_used_again(void **state)
{
    (void)state;
    enum lw_span_state found;
    struct lw_span *span = new_entry(1);
    uint64_t id = span->id;
    assert_ptr_equal(lw_span_find(id, &found), span);
    assert_int_equal(found, LW_SPAN_OPEN);
    lw_span_free(scopes, span);
    assert_null(lw_span_find(id, &found));
    assert_int_equal(found, LW_SPAN_ENDED);
    for (int i = 0; i < 1000; i++) {
        struct lw_span *next = new_entry(1);
        assert_true(next->id != id);
        lw_span_free(scopes, next);
    }
    assert_null(lw_span_find(id, &found));
    assert_int_equal(found, LW_SPAN_ENDED);
    assert_int_equal(lw_span_scope(id), 7);
}

static void an_entry_of_the_process_before_fork_is_foreign(void **state)
{
    (void)state;
    enum lw_span_state found;
    uint64_t id = new_entry(1)->id;
    lw_spans_forget();
    lw_era++;
    assert_null(lw_span_find(id, &found));
    assert_int_equal(found, LW_SPAN_FOREIGN);
    scopes = lw_scopes_of_lane(0);
    struct lw_span *again = new_entry(1);
    assert_int_equal(INDEX(again->id), INDEX(id));
    assert_true(again->id != id);
    assert_null(lw_span_find(id, &found));
}

static void numbers_that_were_never_given_out_lead_nowhere(void **state)
{
    (void)state;
    enum lw_span_state found;
    new_entry(1);
    const uint64_t wrong[] = {0, 1, 3, UINT64_MAX, LW_LEFT | 5, (uint64_t)(lw_era & 0xff) << 55 | 0xfffff};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_null(lw_span_find(wrong[i], &found));
}

/* ---- Lists ---- */

static void what_comes_and_goes_does_not_lengthen_the_list(void **state)
{
    (void)state;
    static struct lw_slot slots[16];
    memset(slots, 0, sizeof slots);
    struct lw_span *span = new_entry(1);
    hold(span, &slots[0]);
    for (uint32_t i = 0; i < 1000000; i++) {
        struct lw_slot *slot = &slots[1 + i % 15];
        hold(span, slot);
        give_back(slot);
    }
    assert_int_equal(held(span), 1);
    assert_true(span->held_room <= 512);
}

static void a_long_list_loses_nothing(void **state)
{
    (void)state;
    enum { COUNT = 10007 };
    struct lw_slot *slots = calloc(COUNT, sizeof *slots);
    assert_non_null(slots);
    struct lw_span *span = new_entry(1);
    for (uint32_t i = 0; i < COUNT; i++) {
        hold(span, &slots[i]);
        if (i % 3 == 0)
            give_back(&slots[i]);
    }
    assert_int_equal(held(span), COUNT - (COUNT + 2) / 3);
    for (uint32_t i = 1; i < span->held_count; i++)
        assert_true(span->held[i] > span->held[i - 1]);
    lw_span_free(scopes, span);
    free(slots);
}

static void a_slot_that_was_dropped_from_the_list_comes_back(void **state)
{
    (void)state;
    static struct lw_slot slots[LW_FEW + 1];
    memset(slots, 0, sizeof slots);
    struct lw_span *span = new_entry(1);
    for (uint32_t i = 0; i < LW_FEW; i++)
        hold(span, &slots[i]);
    give_back(&slots[0]);
    give_back(&slots[1]);
    hold(span, &slots[LW_FEW]); /* full: what is free goes */
    hold(span, &slots[0]);
    assert_int_equal(held(span), LW_FEW);
}

static void without_memory_a_full_list_refuses(void **state)
{
    (void)state;
    static struct lw_slot slots[LW_FEW + 1];
    memset(slots, 0, sizeof slots);
    struct lw_span *span = new_entry(1);
    for (uint32_t i = 0; i < LW_FEW; i++)
        hold(span, &slots[i]);
    struct lw_scopes bare = {.era = lw_era};
    lw_strict = true;
    assert_false(lw_list_add(&bare, span, &slots[LW_FEW]));
    assert_int_equal(held(span), LW_FEW);
}

static bool lists(const struct lw_span *span, const struct lw_slot *slot)
{
    for (uint32_t i = 0; i < span->held_count; i++)
        if (span->held[i] == slot)
            return true;
    return false;
}

/* ---- Several threads ---- */

/* As a hand-over charges it. */
static void give(struct lw_span *span, struct lw_slot *slot)
{
    slot->word = lw_next_word(slot->word, LW_HELD);
    slot->entry = span->id;
    assert_true(lw_inbox_put(scopes, span, slot));
}

static void gifts_for_another_thread_wait_until_it_looks(void **state)
{
    (void)state;
    enum { COUNT = 1200, MORE = 3 };
    struct lw_slot *slots = calloc(COUNT + MORE, sizeof *slots);
    assert_non_null(slots);
    struct lw_span *span = new_entry(1);
    for (uint32_t round = 0; round < 2; round++) /* what lies there already needs no second place */
        for (uint32_t i = 0; i < COUNT; i++)
            give(span, &slots[i]);
    assert_int_equal(span->held_count, 0);
    lw_inbox_take(scopes, span);
    assert_int_equal(span->held_count, COUNT);
    assert_int_equal(held(span), COUNT);
    span->thread = LW_NOBODY;
    for (uint32_t i = 0; i < MORE; i++)
        give(span, &slots[COUNT + i]);
    assert_int_equal(held(span), COUNT + MORE);
    assert_int_equal(span->thread, LW_NOBODY);
    lw_span_free(scopes, span);
    free(slots);
}

static void a_gift_that_went_elsewhere_meanwhile_is_not_taken(void **state)
{
    (void)state;
    struct lw_slot slots[3] = {0};
    struct lw_span *span = new_entry(1), *other = new_entry(2);
    for (uint32_t i = 0; i < 3; i++)
        give(span, &slots[i]);
    give(other, &slots[1]);
    lw_inbox_take(scopes, span);
    assert_int_equal(span->held_count, 2);
    lw_inbox_take(scopes, other);
    assert_int_equal(other->held_count, 1);
    lw_span_free(scopes, span);
    lw_span_free(scopes, other);
}

/* Between two scopes, whose lists both still have it. */
static void what_goes_back_and_forth_does_not_lengthen_the_lists(void **state)
{
    (void)state;
    enum { SLOTS = 7, ROUNDS = 100000 };
    struct lw_slot slots[SLOTS] = {0};
    struct lw_span *one = new_entry(1), *other = new_entry(1);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        hold(i / SLOTS % 2 ? one : other, &slots[i % SLOTS]);
        assert_true(one->held_room <= 512 && other->held_room <= 512);
    }
    for (uint32_t i = 0; i < SLOTS; i++)
        hold(one, &slots[i]);
    for (uint32_t i = 0; i < SLOTS; i++)
        assert_true(lists(one, &slots[i]));
    lw_span_free(scopes, one);
    lw_span_free(scopes, other);
}

enum { HANDED = 200000, RING = 256 };
static struct lw_span *volatile ring[RING];

static void *end_them(void *unused)
{
    (void)unused;
    struct lw_scopes *own = lw_scopes_of_lane(1);
    for (uint32_t i = 0; i < HANDED; i++) {
        struct lw_span *span;
        while ((span = __atomic_exchange_n(&ring[i % RING], NULL, __ATOMIC_ACQ_REL)) == NULL)
            sched_yield();
        lw_span_free(own, span);
    }
    return NULL;
}

/* One thread begins, another ends: what is free must find its way back. */
static void entries_that_another_thread_ends_are_used_again(void **state)
{
    (void)state;
    static struct lw_slot slots[LW_FEW + 1];
    memset(slots, 0, sizeof slots);
    pthread_t ender;
    uint32_t highest = 0;
    assert_int_equal(pthread_create(&ender, NULL, end_them, NULL), 0);
    for (uint32_t i = 0; i < HANDED; i++) {
        struct lw_span *span = new_entry(1);
        if (INDEX(span->id) > highest)
            highest = INDEX(span->id);
        for (uint32_t k = 0; k <= LW_FEW; k++)
            hold(span, &slots[k]); /* one more than fits: a block too goes to the other thread */
        while (__atomic_load_n(&ring[i % RING], __ATOMIC_ACQUIRE))
            sched_yield();
        __atomic_store_n(&ring[i % RING], span, __ATOMIC_RELEASE);
    }
    assert_int_equal(pthread_join(ender, NULL), 0);
    assert_true(highest < 4 * RING);
    assert_int_equal(scopes->block_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_ended_entry_is_recognised_when_its_place_is_used_again, begin),
        cmocka_unit_test_setup(an_entry_of_the_process_before_fork_is_foreign, begin),
        cmocka_unit_test_setup(numbers_that_were_never_given_out_lead_nowhere, begin),
        cmocka_unit_test_setup(what_comes_and_goes_does_not_lengthen_the_list, begin),
        cmocka_unit_test_setup(a_long_list_loses_nothing, begin),
        cmocka_unit_test_setup(a_slot_that_was_dropped_from_the_list_comes_back, begin),
        cmocka_unit_test_setup(without_memory_a_full_list_refuses, begin),
        cmocka_unit_test_setup(gifts_for_another_thread_wait_until_it_looks, begin),
        cmocka_unit_test_setup(a_gift_that_went_elsewhere_meanwhile_is_not_taken, begin),
        cmocka_unit_test_setup(what_goes_back_and_forth_does_not_lengthen_the_lists, begin),
        cmocka_unit_test_setup(entries_that_another_thread_ends_are_used_again, begin),
    };
    return cmocka_run_group_tests_name("spans of scopes", tests, NULL, NULL);
}
