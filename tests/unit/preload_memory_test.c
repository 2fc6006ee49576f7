/* The memory of remembered stacks: a ring of entries of many sizes, in chains. Its parts are static, so the source is
 * included; what it asks of others stands in below. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "stack/ring.c"
#include "stack/stack.c"

/* Not reached here: no unwinding, no ledger. */
uint32_t lw_check;
LW_HOT_DATA bool lw_careful, lw_strict;
uint32_t lw_era = 1, lw_generation, lw_phase;
struct lw_options lw_options;
__thread struct lw_thread lw_thread;
bool lw_stack_walk(struct lw_walk *walk, const void *frame)
{
    (void)walk, (void)frame;
    fail();
    return false;
}
bool lw_stack_walk_by_libunwind(struct lw_walk *walk, const void *frame)
{
    return lw_stack_walk(walk, frame);
}
bool lw_aside(void (*step)(void *), void *argument)
{
    (void)step, (void)argument;
    fail();
    return false;
}
uint32_t lw_stack_interned(const uint64_t *address, uint32_t depth, struct lw_merged *merged)
{
    (void)address, (void)depth, (void)merged;
    return 1;
}
void *lw_element(enum lw_table_id table, uint32_t number)
{
    (void)table, (void)number;
    return NULL;
}

/* No interpreter. */
struct lw_merged *lw_merged_new(void)
{
    fail();
    return NULL;
}
void lw_merged_wipe(struct lw_merged *merged)
{
    (void)merged;
}
bool lw_merged_has_lines(const struct lw_walk *walk)
{
    (void)walk;
    return false;
}
bool lw_merged_recall(struct lw_merged *merged, struct lw_trace *trace)
{
    (void)merged, (void)trace;
    fail();
    return false;
}
uint32_t lw_merged_learn(struct lw_merged *merged, const struct lw_walk *walk, uint32_t native, struct lw_memo **memo)
{
    (void)merged, (void)walk, (void)native, (void)memo;
    fail();
    return 0;
}

static uint64_t stack_of_thread[512];

/* A walk that depended on `slots` words of the stack, and those words. */
static void walk_over(struct lw_memory *memory, uint32_t slots, uint64_t value)
{
    memory->walk.slots = slots;
    memory->walk.learnable = true;
    memory->walk.frame_pointer = false;
    for (uint32_t i = 0; i < slots; i++) {
        stack_of_thread[3 * i] = value + i;
        memory->walk.slot[i].location = (uint64_t)&stack_of_thread[3 * i];
        memory->walk.slot[i].value = value + i;
    }
}

static uint64_t sp(void)
{
    return (uint64_t)stack_of_thread;
}

static struct entry *recalled(struct lw_memory *memory, uint64_t pc, uint64_t at, uint64_t fp)
{
    uint32_t stack;
    bool lines;
    struct entry *entry = recall(memory, pc, at, fp, &stack, &lines);
    if (entry)
        assert_int_equal(entry->stack, stack);
    return entry;
}

static void is_recalled_until_a_slot_differs(void **state)
{
    struct lw_memory *memory = *state;
    walk_over(memory, 20, 1000);
    assert_non_null(learn(memory, 77, sp(), 5, 42));
    assert_int_equal(recalled(memory, 77, sp(), 6)->stack, 42);
    assert_null(recalled(memory, 78, sp(), 5));
    stack_of_thread[3 * 19]++;
    assert_null(recalled(memory, 77, sp(), 5));
}

static void the_frame_pointer_counts_where_it_mattered(void **state)
{
    struct lw_memory *memory = *state;
    walk_over(memory, 2, 1);
    memory->walk.frame_pointer = true;
    learn(memory, 77, sp(), 5, 42);
    assert_non_null(recalled(memory, 77, sp(), 5));
    assert_null(recalled(memory, 77, sp(), 6));
}

static void another_era_or_generation_is_forgotten(void **state)
{
    struct lw_memory *memory = *state;
    walk_over(memory, 2, 1);
    learn(memory, 77, sp(), 5, 42);
    lw_generation++;
    assert_null(recalled(memory, 77, sp(), 5));
    lw_generation--;
    lw_era++;
    assert_null(recalled(memory, 77, sp(), 5));
    lw_era--;
}

/* Every chain ends, holds no entry twice, and only entries that the ring still holds. */
static void check_chains(struct lw_memory *memory)
{
    uint32_t chained = 0;
    for (uint32_t i = 0; i < LW_RING_BUCKETS; i++)
        for (uint32_t next = memory->ring.buckets[i]; next;) {
            const struct lw_ring_entry *entry = lw_ring_at(&memory->ring, next);
            assert_int_equal(entry->bucket, i);
            assert_true(++chained <= memory->ring.held);
            next = entry->next;
        }
}

/* Sizes of all kinds, thousands of times around: what was learnt last is there, and nothing is ever mixed up. */
static void the_ring_turns_for_ever(void **state)
{
    struct lw_memory *memory = *state;
    srand(1);
    for (uint32_t i = 1; i <= 200000; i++) {
        uint32_t slots = i % 3 ? 1 + (uint32_t)rand() % LW_WALK_SLOTS : 64, pc = 1 + (uint32_t)rand() % 300;
        uint64_t value = (uint64_t)pc << 32 | slots;
        walk_over(memory, slots, value);
        const struct entry *known = recalled(memory, pc, sp(), 0);
        uint32_t stack = pc * 1000 + slots;
        if (known)
            assert_int_equal(known->stack, stack);
        else {
            assert_non_null(learn(memory, pc, sp(), 0, stack));
            assert_int_equal(recalled(memory, pc, sp(), 0)->stack, stack);
        }
        if (i % 64 == 0)
            check_chains(memory);
    }
}

/* A hook was suspended, and goes on when its entry has been overwritten: what it then reads is no answer, and what it
 * writes changes nothing. The other stacks' entries have every alignment to it that there is. */
static void a_memo_outlives_its_entry(void **state)
{
    struct lw_memory *memory = *state;
    srand(2);
    for (uint32_t round = 0; round < 200; round++) {
        uint32_t stack = 100 + round;
        walk_over(memory, 26, 1000);
        struct lw_memo *memo = &learn(memory, 77, sp(), 5, stack)->memo;
        struct lw_pair wanted = {lw_memo_acquired(stack, 3, 9), 0}, before = lw_pair_read(&memo->acquired);
        struct lw_pair also = lw_pair_read(&memo->released);
        while (lw_pair_read(&memo->acquired).key == before.key || lw_pair_read(&memo->released).key == also.key) {
            walk_over(memory, 1 + (uint32_t)rand() % 60, (uint64_t)rand() << 16);
            assert_non_null(learn(memory, 1000, sp(), 0, 43));
        }
        uint64_t *words = (uint64_t *)(void *)memo, kept[4] = {words[0], words[1], words[2], words[3]};
        assert_true(lw_pair_read(&memo->acquired).key - wanted.key >= LW_MEMO_SITES);
        lw_memo_set(&memo->acquired, stack, before, (struct lw_pair){wanted.key + 7, 1});
        assert_memory_equal(words, kept, sizeof kept);
        lw_memo_set(&memo->acquired, stack, lw_pair_read(&memo->acquired), (struct lw_pair){wanted.key + 7, 1});
        lw_memo_set(&memo->released, stack, lw_pair_read(&memo->released), (struct lw_pair){wanted.key + 7, 1});
        assert_memory_equal(words, kept, sizeof kept);
    }
}

static void a_memo_is_its_entrys_own(void **state)
{
    struct lw_memory *memory = *state;
    walk_over(memory, 5, 1000);
    struct lw_memo *memo = &learn(memory, 77, sp(), 5, 42)->memo;
    uint64_t key = lw_memo_acquired(42, 3, 9);
    assert_true(lw_pair_read(&memo->acquired).key - key >= LW_MEMO_SITES);
    lw_memo_set(&memo->acquired, 42, lw_pair_read(&memo->acquired), (struct lw_pair){key + 7, 1});
    assert_int_equal(lw_pair_read(&memo->acquired).key - key, 7);
    assert_non_null(recalled(memory, 77, sp(), 5));
}

static int begin(void **state)
{
    *state = lw_memory_new();
    return *state ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(is_recalled_until_a_slot_differs, begin),
        cmocka_unit_test_setup(the_frame_pointer_counts_where_it_mattered, begin),
        cmocka_unit_test_setup(another_era_or_generation_is_forgotten, begin),
        cmocka_unit_test_setup(the_ring_turns_for_ever, begin),
        cmocka_unit_test_setup(a_memo_outlives_its_entry, begin),
        cmocka_unit_test_setup(a_memo_is_its_entrys_own, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
