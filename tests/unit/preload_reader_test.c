/* What the library's writer writes is what the analyzer's reader reads: the one test that holds both ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ledger/ledger.h"
#include "ledger/read.h"
#include "ledger_walk.h"
#include "process/process.h"

static char path[64];

static int begin(void **state)
{
    (void)state;
    int error = 0;
    lw_pid = (uint32_t)getpid();
    snprintf(path, sizeof path, "/tmp/leakwatch-reader-test.%d.lwl", getpid());
    if (!lw_map_open(&lw_map, path, 256u << 20, &error))
        return -1;
    struct lw_header *header = lw_header();
    header->magic = LW_MAGIC;
    header->major = LW_MAJOR;
    header->byte_order = LW_BYTE_ORDER;
    header->header_size = sizeof *header;
    header->file_size = lw_map.size;
    header->used = sizeof *header;
    lw_tables_begin(header);
    lw_slots_forget();
    return 0;
}

static int end(void **state)
{
    (void)state;
    lw_map_close(&lw_map);
    unlink(path);
    return 0;
}

static struct ledger *read_back(void)
{
    struct ledger *ledger = NULL;
    struct ledger_error error = {.text = ""};
    if (ledger__open(&ledger, path, &error) != 0)
        fail_msg("%s", error.text);
    ledger_walk(ledger);
    for (size_t i = 0; ledger__damage_note(ledger, i); i++)
        print_error("damage: %s at %lu\n", ledger__damage_note(ledger, i)->what,
                    (unsigned long)ledger__damage_note(ledger, i)->where);
    assert_int_equal(ledger__damaged(ledger), 0);
    return ledger;
}

static uint32_t stack_of(uint32_t depth, uint64_t seed)
{
    uint32_t stack = 0;
    for (uint32_t i = 0; i < depth; i++) {
        struct lw_frame frame = {.address = seed + i, .parent = stack};
        stack = lw_intern(LW_STACKS, lw_hash2(frame.address, stack), &frame);
    }
    return stack;
}

static void names_of_all_lengths(void **state)
{
    (void)state;
    char text[2001];
    uint32_t numbers[2000];
    memset(text, 'n', sizeof text);
    for (size_t length = 0; length < 2000; length += 37)
        numbers[length] = lw_name(text, length);
    struct ledger *ledger = read_back();
    for (size_t length = 0; length < 2000; length += 37)
        assert_int_equal(strlen(ledger__name(ledger, numbers[length])), length);
    ledger__close(ledger);
}

static void stacks_sites_and_their_counts(void **state)
{
    (void)state;
    enum { SITES = 3000, DEPTH = 12 };
    uint32_t index, call = lw_name("open", 4), numbers[SITES];
    struct lw_lane *lane = lw_lane_take(lw_pid, &index);
    for (uint32_t i = 0; i < SITES; i++) {
        struct lw_site site = {.stack = stack_of(DEPTH, 0x1000 * (i + 1)), .call = call, .first_time = i};
        numbers[i] = lw_intern(LW_SITES, site.stack, &site);
        lw_lane_site(lane, numbers[i])->acquired = i + 1;
        *lw_lane_release(lane, numbers[i]) = i + 2;
    }
    struct ledger *ledger = read_back();
    for (uint32_t i = 0; i < SITES; i++) {
        const struct lw_site *site = ledger__site(ledger, numbers[i]);
        const struct lw_frame *frames[64];
        assert_int_equal(site->first_time, i);
        assert_string_equal(ledger__name(ledger, site->call), "open");
        assert_int_equal(ledger__stack(ledger, site->stack, frames, 64), DEPTH);
        assert_int_equal(frames[0]->address, 0x1000 * (i + 1) + DEPTH - 1);
        assert_int_equal(ledger__site_count(ledger, numbers[i]).acquired, i + 1);
        assert_int_equal(ledger__release_count(ledger, numbers[i]), i + 2);
    }
    assert_int_equal(ledger__lanes(ledger).thread, 1);
    ledger__close(ledger);
}

static void hold(struct lw_slot *slot, uint64_t handle, uint32_t kind)
{
    assert_non_null(slot);
    slot->handle = handle;
    slot->kind = kind;
    slot->number = slot->partner = -1;
    slot->word = lw_in_state(slot->word, LW_HELD);
}

struct sums {
    uint64_t descriptors, handles, of_handles;
};

static bool sum_up(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    struct sums *sums = context;
    if (is_handle) {
        const struct lw_slot *written = lw_handle_by_number(index);
        assert_int_equal(written->handle, slot->handle);
        sums->handles++;
        sums->of_handles += slot->handle;
    } else {
        assert_int_equal(slot->handle, index);
        sums->descriptors += index;
    }
    return true;
}

static void slots_of_both_sorts(void **state)
{
    (void)state;
    enum { HANDLES = 5000 };
    static const int fds[] = {0, 63, 64, 65535, 65536, 1 << 20, (1 << 30) - 1};
    struct sums wanted = {0, HANDLES, 0}, sums = {0, 0, 0};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
        hold(lw_fd_slot(fds[i], true), (uint64_t)fds[i], LW_FD_FILE);
        wanted.descriptors += (uint64_t)fds[i];
    }
    for (uint64_t key = 1; key <= HANDLES; key++) {
        uint32_t number;
        hold(lw_handle_take(key << 4, &number), key << 4, LW_STREAM_FILE);
        wanted.of_handles += key << 4;
    }
    struct ledger *ledger = read_back();
    ledger__slots(ledger, sum_up, &sums);
    assert_memory_equal(&sums, &wanted, sizeof sums);
    ledger__close(ledger);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names_of_all_lengths),
        TEST(stacks_sites_and_their_counts),
        TEST(slots_of_both_sorts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
