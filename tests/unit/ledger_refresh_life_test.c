/* A ledger that is read again is what it is when it is opened: over a life of random steps, whichever bytes are wrong, and
 * wherever its file is cut off. */
#include "followed.h"

#include <fcntl.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static uint32_t seed;

static uint32_t random_below(uint32_t end)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % end;
}

static uint32_t any(enum lw_table_id table)
{
    uint32_t count = maker__header(at.maker)->tables[table].count;
    return count > 1 ? 1 + random_below(count - 1) : 0;
}

static void open_something(void)
{
    struct lw_slot *slot = maker__fd(at.maker, random_below(3000), any(LW_SITES), LW_FD_FILE);
    maker__detail(slot, "/etc/hosts");
    slot->acquired_time = random_below(1u << 20);
    maker__lane(at.maker, random_below(LW_LANES))->opened++;
}

static void close_something(void)
{
    struct lw_slot *slot = maker__fd(at.maker, random_below(3000), any(LW_SITES), LW_FD_SOCKET);
    slot->release_stack = any(LW_STACKS);
    slot->release_call = any(LW_NAMES);
    slot->leftover = any(LW_LEFTOVERS);
    maker__state(slot, (enum lw_state)random_below(LW_FREE + 1));
    ++*maker__release_count(at.maker, 0, any(LW_RELEASES));
}

static void call_from_somewhere_new(void)
{
    const uint64_t addresses[] = {0x400000 + random_below(0x100000), 0x400000 + random_below(0x100000)};
    char name[64];
    snprintf(name, sizeof name, "call_%u", random_below(1u << 20));
    uint32_t stack = maker__stack(at.maker, 1, addresses, 2);
    uint32_t site = maker__site(at.maker, stack, any(LW_SCOPES), name, LW_FD_PIPE);
    maker__release(at.maker, site, stack, "close");
    maker__site_count(at.maker, random_below(70), site)->acquired = random_below(1000);
}

static void count_somewhere(void)
{
    struct lw_site_count *count = maker__site_count(at.maker, random_below(70), any(LW_SITES));
    count->acquired += random_below(100);
    count->lifetimes[random_below(LW_LIFETIMES)]++;
    maker__scope_count(at.maker, random_below(70), any(LW_SCOPES))->entered++;
}

static void fail_somewhere(void)
{
    struct lw_failure *failure = maker__element(at.maker, LW_FAILURES, any(LW_FAILURES));
    failure->count++;
    failure->site = any(LW_SITES);
    if (random_below(2))
        maker__failure(at.maker, any(LW_STACKS), "connect", (int)random_below(100));
    struct lw_misuse *misuse = maker__element(at.maker, LW_MISUSES, any(LW_MISUSES));
    misuse->count++;
    misuse->victim = any(LW_SITES);
}

static void leave_something(void)
{
    uint32_t scope = maker__scope(at.maker, LW_SCOPE_NAMED, any(LW_SCOPES), "job");
    maker__leftover(at.maker, scope, any(LW_SITES), NULL)->count = 1 + random_below(9);
    maker__handle(at.maker, random_below(1u << 20), any(LW_SITES), LW_STREAM_FILE, NULL);
    ((struct lw_leftover *)maker__element(at.maker, LW_LEFTOVERS, any(LW_LEFTOVERS)))->later = random_below(20);
}

static void lock_something(void)
{
    struct lw_board *board = maker__element(at.maker, LW_BOARDS, any(LW_BOARDS));
    struct lw_hold *hold = &board->hold[random_below(LW_HOLDS)];
    *hold = (struct lw_hold){.lock = 1 + random_below(1000), .kind = LW_MUTEX, .state = (uint8_t)random_below(6)};
    board->depth = random_below(LW_HOLDS + 1);
    board->serial++;
    if (random_below(4) == 0)
        maker__board(at.maker, 1 + random_below(9999));
    ((struct lw_locking *)maker__element(at.maker, LW_LOCKINGS, any(LW_LOCKINGS)))->taken++;
}

static void let_time_pass(void)
{
    static uint64_t time = 1ULL << 40;
    struct lw_header *header = maker__header(at.maker);
    maker__sample(at.maker, time += 1000, random_below(1000));
    header->clock_last += 1000;
    header->lost = random_below(3);
    maker__exhaustion(at.maker, 24)->times++;
}

/* As nothing that writes ledgers does. */
static void refer_to_what_is_not_there(void)
{
    struct lw_slot *slot = maker__fd(at.maker, random_below(3000), random_below(1u << 20), LW_FD_FILE);
    slot->release_stack = random_below(1u << 20);
    ((struct lw_scope *)maker__element(at.maker, LW_SCOPES, any(LW_SCOPES)))->parent = random_below(20);
    ((struct lw_site *)maker__element(at.maker, LW_SITES, any(LW_SITES)))->stack = random_below(2000);
}

static void live(void)
{
    static void (*const steps[])(void) = {
        open_something, close_something, call_from_somewhere_new, count_somewhere,
        fail_somewhere, leave_something, lock_something,          let_time_pass,
        open_something, close_something, count_somewhere,         count_somewhere,
        let_time_pass,  lock_something,  count_somewhere,         refer_to_what_is_not_there,
    };
    for (uint32_t i = random_below(4); i < 4; i++)
        steps[random_below(sizeof steps / sizeof steps[0])]();
}

static void put(size_t offset, unsigned char byte)
{
    int fd = open(at.path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)offset), 1);
    close(fd);
}

static void flip_a_byte(void)
{
    size_t size;
    const unsigned char *bytes = maker__bytes(at.maker, &size);
    size_t offset = random_below((uint32_t)(random_below(2) ? sizeof(struct lw_header) : size));
    put(offset, (unsigned char)(bytes[offset] ^ 1u << random_below(8)));
}

#ifdef __SANITIZE_ADDRESS__ /* takes thirty times as long for each */
enum { STEPS = 40, FLIPS = 200 };
#else
enum { STEPS = 100, FLIPS = 600 };
#endif

static void grow_up(bool runs)
{
    enum ledger_news news;
    size_t changed = 0;
    seed = 4711;
    if (runs)
        followed__start_process();
    followed__follow();
    for (int i = 0; i < STEPS; i++) {
        live();
        followed__write_file();
        changed += (news = followed__refresh()) == LEDGER_CHANGED;
        assert_in_range(news, LEDGER_SAME, LEDGER_CHANGED);
    }
    assert_true(changed > STEPS * 3 / 4);
}

static void a_process_that_runs_is_followed(void **state)
{
    (void)state;
    grow_up(true);
}

static void a_file_that_changes_without_a_process_is_followed(void **state)
{
    (void)state;
    grow_up(false);
}

/* Up to three bytes are wrong at a time. */
static void flip_bytes(bool runs)
{
    seed = 42;
    if (runs)
        followed__start_process();
    followed__follow();
    for (int i = 0; i < FLIPS; i++) {
        flip_a_byte();
        followed__refresh();
        if (i % 3 == 2)
            followed__write_file();
    }
    followed__write_file();
    followed__refresh();
    assert_int_equal(ledger__damaged(at.ledger), 0);
}

static void flipped_bytes_of_one_that_runs_do_no_harm(void **state)
{
    (void)state;
    flip_bytes(true);
}

static void flipped_bytes_of_one_that_ended_do_no_harm(void **state)
{
    (void)state;
    flip_bytes(false);
}

static void a_file_that_is_cut_is_followed(void **state)
{
    (void)state;
    size_t size;
    maker__bytes(at.maker, &size);
    for (int runs = 1; runs >= 0; runs--) {
        if (runs)
            followed__start_process();
        else
            followed__end_process();
        if (runs)
            followed__follow();
        seed = 17;
        for (int i = 0; i < 60; i++) {
            assert_int_equal(truncate(at.path, random_below((uint32_t)size + 8000)), 0);
            followed__refresh();
            if (random_below(2))
                followed__write_file();
            followed__refresh();
        }
        followed__write_file();
        assert_true(followed__refresh() >= LEDGER_SAME);
    }
}

/* Where pages have gone to holes again, nothing is left. */
static void holes_are_followed(void **state)
{
    (void)state;
    size_t size;
    unsigned char *bytes = maker__bytes(at.maker, &size);
    followed__follow();
    memset(bytes + sizeof(struct lw_header), 0, size - sizeof(struct lw_header));
    assert_int_equal(truncate(at.path, sizeof(struct lw_header)), 0);
    assert_int_equal(truncate(at.path, (off_t)size), 0);
    followed__expect(LEDGER_CHANGED);
    assert_null(ledger__site(at.ledger, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLLOWED_TEST(a_process_that_runs_is_followed),
        FOLLOWED_TEST(a_file_that_changes_without_a_process_is_followed),
        FOLLOWED_TEST(flipped_bytes_of_one_that_runs_do_no_harm),
        FOLLOWED_TEST(flipped_bytes_of_one_that_ended_do_no_harm),
        FOLLOWED_TEST(a_file_that_is_cut_is_followed),
        FOLLOWED_TEST(holes_are_followed),
    };
    return cmocka_run_group_tests_name("ledgers that are read again and again", tests, NULL, NULL);
}
