/* The writer's side of the ledger, linked in as it is: blocks, tables, slots, lanes; alone, in threads, and when the
 * file may not grow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger/ledger.h"
#include "process/process.h"

static char path[64];

enum { PAGE = 4096 };

static int begin(void **state)
{
    (void)state;
    int error = 0;
    lw_strict = false;
    lw_pid = (uint32_t)getpid();
    snprintf(path, sizeof path, "/tmp/leakwatch-test.%d.lwl", getpid());
    if (!lw_map_open(&lw_map, path, 64u << 20, &error))
        return -1;
    lw_header()->file_size = lw_map.size;
    lw_header()->used = sizeof(struct lw_header);
    lw_tables_begin(lw_header());
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

static uint32_t site_of(uint32_t stack, uint32_t call)
{
    struct lw_site key = {.stack = stack, .call = call};
    return lw_intern(LW_SITES, lw_hash2(stack, call), &key);
}

static void the_file_is_private_sparse_and_not_kept_open(void **state)
{
    (void)state;
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
    assert_int_equal(about.st_size, lw_map.size);
    assert_true(about.st_blocks * 512 < 1 << 20);
    int error = 0;
    struct lw_map second;
    assert_false(lw_map_open(&second, path, 64u << 20, &error));
    assert_int_equal(error, EEXIST);
    char link[64], target[512];
    for (int fd = 3; fd < 64; fd++) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, target, sizeof target - 1);
        target[length > 0 ? length : 0] = 0;
        assert_null(strstr(target, ".lwl"));
    }
}

static void equal_keys_have_one_number_and_others_another(void **state)
{
    (void)state;
    uint32_t *first = malloc(50000 * sizeof *first);
    for (uint32_t i = 0; i < 50000; i++) {
        first[i] = site_of(i, 7);
        assert_int_not_equal(first[i], LW_OTHER);
    }
    for (uint32_t i = 0; i < 50000; i++) {
        assert_int_equal(site_of(i, 7), first[i]);
        const struct lw_site *site = lw_element(LW_SITES, first[i]);
        assert_int_equal(site->stack, i);
    }
    assert_int_equal(lw_header()->tables[LW_SITES].count, 50001);
    free(first);
}

/* Each generation has one bucket for a hash. */
static void rows_of_one_hash_are_told_apart(void **state)
{
    (void)state;
    enum { ROOM = LW_GENERATIONS * LW_INDEX_WINDOW, HASH = 77 };
    uint32_t first[ROOM + 1];
    struct lw_site site = {.call = 7};
    for (uint32_t i = 0; i <= ROOM; i++) {
        site.stack = i + 1;
        assert_int_equal(lw_lookup(LW_SITES, HASH, &site), 0);
        first[i] = lw_intern(LW_SITES, HASH, &site);
    }
    assert_int_equal(first[ROOM], LW_OTHER);
    assert_int_equal(lw_header()->tables[LW_SITES].folded, 1);
    for (uint32_t i = 0; i < ROOM; i++) {
        site.stack = i + 1;
        assert_int_equal(lw_intern(LW_SITES, HASH, &site), first[i]);
        assert_int_equal(lw_lookup(LW_SITES, HASH, &site), first[i]);
        assert_int_equal(((const struct lw_site *)lw_element(LW_SITES, first[i]))->stack, i + 1);
    }
}

static void a_full_table_folds_and_counts(void **state)
{
    (void)state;
    char text[16];
    uint32_t folded = 0;
    for (int i = 0; i < 70000; i++)
        folded += lw_name(text, (size_t)snprintf(text, sizeof text, "%d", i)) == LW_OTHER;
    assert_int_equal(folded, 70000 - 65535);
    assert_int_equal(lw_header()->tables[LW_NAMES].folded, folded);
}

static void long_names_are_chains(void **state)
{
    (void)state;
    char text[1000];
    memset(text, 'x', sizeof text);
    uint32_t number = lw_name(text, sizeof text);
    assert_int_equal(lw_name(text, sizeof text), number);
    size_t length = 0, pieces = 0;
    for (const struct lw_name *name = lw_element(LW_NAMES, number); name; name = lw_element(LW_NAMES, name->next)) {
        length += name->length < LW_NAME_TEXT ? name->length : LW_NAME_TEXT;
        pieces++;
    }
    assert_int_equal(length, sizeof text);
    assert_int_equal(pieces, 9);
}

#define KEYS 20000
static uint32_t numbers[2][KEYS];

static void *intern_all(void *row)
{
    uint32_t *mine = row;
    for (uint32_t i = 0; i < KEYS; i++)
        mine[i] = site_of(i, 3);
    return NULL;
}

/* As if another thread brought the same key while this one's row is copied: that row cannot be read before. */
static struct lw_site *late;

static void somebody_else_brings_it(int number)
{
    (void)number;
    if (mprotect(late, PAGE, PROT_READ) != 0)
        _exit(98);
    site_of(late->stack, late->call);
}

static void who_comes_too_late_leaves_nothing(void **state)
{
    (void)state;
    struct sigaction before, meanwhile = {.sa_handler = somebody_else_brings_it, .sa_flags = (int)SA_RESETHAND};
    struct lw_site key = {.stack = KEYS + 1, .call = 3};
    uint32_t count = lw_header()->tables[LW_SITES].count;
    late = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(late, MAP_FAILED);
    *late = key;
    assert_int_equal(mprotect(late, PAGE, PROT_NONE), 0);
    sigaction(SIGSEGV, &meanwhile, &before);
    uint32_t number = lw_intern(LW_SITES, lw_hash2(key.stack, key.call), late);
    sigaction(SIGSEGV, &before, NULL);
    munmap(late, PAGE);
    assert_int_equal(number, site_of(key.stack, key.call));
    assert_int_equal(lw_header()->tables[LW_SITES].count, count + 2);
    uint32_t there = 0;
    for (uint32_t i = count; i < count + 2; i++)
        there += ((struct lw_site *)lw_element(LW_SITES, i))->call != 0;
    assert_int_equal(there, 1);
}

static void two_threads_agree_on_every_number(void **state)
{
    (void)state;
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, intern_all, numbers[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_memory_equal(numbers[0], numbers[1], sizeof numbers[0]);
}

static void slots_of_low_and_high_numbers_are_apart(void **state)
{
    (void)state;
    static const int fds[] = {0, 63, 64, 65535, 65536, 1 << 20, (1 << 30) - 1};
    assert_null(lw_fd_slot(5, false));
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        lw_fd_slot(fds[i], true)->handle = (uint64_t)fds[i] + 1;
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        assert_int_equal(lw_fd_slot(fds[i], false)->handle, (uint64_t)fds[i] + 1);
    assert_null(lw_fd_slot(-1, true));
    assert_null(lw_fd_slot(1 << 30, true));
}

static void collect(struct lw_slot *slot, unsigned number, void *context)
{
    unsigned *sum = context;
    assert_int_equal(slot->handle, number);
    *sum += number;
}

static void a_range_visits_what_was_used_in_it(void **state)
{
    (void)state;
    static const int fds[] = {3, 100, 70000, 900000};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
        struct lw_slot *slot = lw_fd_slot(fds[i], true);
        slot->handle = (uint64_t)fds[i];
        slot->word = LW_HELD;
    }
    unsigned sum = 0;
    lw_fd_slots(&lw_map, 4, UINT32_MAX, collect, &sum);
    assert_int_equal(sum, 100 + 70000 + 900000);
}

static void handles_are_found_reused_and_counted_through(void **state)
{
    (void)state;
    uint32_t number, again;
    uint64_t word;
    for (uint64_t key = 1; key <= 5000; key++) {
        struct lw_slot *slot = lw_handle_take(key << 4, &number);
        assert_non_null(slot);
        assert_ptr_equal(lw_handle_by_number(number), slot);
        slot->handle = key << 4;
        slot->word = lw_in_state(slot->word, LW_HELD);
    }
    for (uint64_t key = 1; key <= 5000; key++)
        assert_int_equal(lw_handle_slot(key << 4, &number, &word)->handle, key << 4);
    struct lw_slot *one = lw_handle_slot(16, &number, &word);
    one->word = lw_in_state(one->word, LW_FREE);
    assert_ptr_equal(lw_handle_take(16, &again), one);
    assert_int_equal(again, number);
}

/* Addresses come and go: a slot given back must serve another key, or a long life would fill the file. */
static void free_handle_slots_serve_other_keys(void **state)
{
    (void)state;
    uint32_t number;
    for (uint64_t key = 1; key <= 200000; key++) {
        struct lw_slot *slot = lw_handle_take(key << 4, &number);
        assert_non_null(slot);
        slot->word = lw_in_state(slot->word, LW_FREE);
    }
    assert_true(lw_header()->used < 1 << 20);
}

enum { HANDLE_THREADS = 4, HANDLES_EACH = 12, HANDLE_ROUNDS = 1000000 };

/* Holds one handle after the other; gives how often its slot was not found again as it had been left. */
static void *take_and_give_back(void *first)
{
    uintptr_t wrong = 0;
    for (uint64_t round = 0; round < HANDLE_ROUNDS; round++) {
        uint32_t number, found_number = UINT32_MAX;
        uint64_t key = ((uintptr_t)first + round * 7 % HANDLES_EACH) << 4, word;
        struct lw_slot *slot = lw_handle_take(key, &number);
        uint64_t writing = lw_word(slot);
        slot->handle = key;
        wrong += !lw_change(slot, writing, lw_in_state(writing, LW_HELD));
        struct lw_slot *found = lw_handle_slot(key, &found_number, &word);
        wrong += found != slot || found_number != number || slot->handle != key || lw_state(word) != LW_HELD;
        wrong += !lw_change(slot, word, lw_in_state(word, LW_FREE));
    }
    return (void *)wrong;
}

/* Numbers of children fill the table, so that a stream's slot is taken by another as soon as it is free. */
static void threads_do_not_take_each_others_handle_slots(void **state)
{
    (void)state;
    pthread_t threads[HANDLE_THREADS];
    for (uintptr_t i = 0; i < HANDLE_THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_give_back, (void *)(1 + i * HANDLES_EACH)), 0);
    for (int i = 0; i < HANDLE_THREADS; i++) {
        void *wrong = NULL;
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
}

static void without_system_calls_there_is_no_room_but_no_fault(void **state)
{
    (void)state;
    lw_strict = true;
    size_t made = 0;
    while (lw_block(4096))
        made++;
    assert_true(made < 64);
    assert_true(lw_header()->troubles & LW_TROUBLE_FULL);
    lw_fd_slot(100000, true);
}

static void too_small_a_file_is_refused(void **state)
{
    (void)state;
    int error = 0;
    struct lw_map small;
    char other[64];
    snprintf(other, sizeof other, "%.50s.small", path);
    assert_false(lw_map_open(&small, other, 100000, &error));
    assert_int_equal(error, EFBIG);
    assert_int_equal(access(other, F_OK), -1);
}

/* ---- Who may shorten the file, and when ---- */

static uint64_t file_size(void)
{
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    return (uint64_t)about.st_size;
}

/* Takes blocks and writes to them, until there are no more. Gives how many. */
static uint64_t fill_blocks(void)
{
    uint64_t count = 0, block;
    for (; count < 5000 && (block = lw_block(1024)) != 0; count++)
        memset(lw_at(&lw_map, block, 1024), 'x', 1024);
    return count;
}

static void after_the_cut_all_that_is_claimed_is_there_and_no_more_is_given(void **state)
{
    (void)state;
    assert_true(lw_bounds_begin(&lw_map));
    for (int i = 0; i < 300; i++)
        lw_block(1024);
    lw_map_cut(&lw_map);
    assert_int_equal(file_size(), lw_map.claimed);
    for (uint64_t at = 0; at < lw_map.claimed; at += 4096)
        __atomic_fetch_or(lw_map.base + at, 0, __ATOMIC_RELAXED); /* or it would fault here */
    assert_true(fill_blocks() < 64);
    assert_false(lw_header()->troubles & LW_TROUBLE_FULL);
    assert_int_equal(file_size(), lw_map.claimed);
}

static void what_a_child_has_claimed_is_not_cut(void **state)
{
    (void)state;
    int ready[2], cut[2];
    char byte = 0;
    assert_true(lw_bounds_begin(&lw_map));
    assert_int_equal(pipe(ready) + pipe(cut), 0);
    pid_t child = fork();
    if (child == 0) {
        uint64_t furthest = 0;
        for (int i = 0; i < 2000; i++)
            furthest = lw_block(1024);
        (void)!write(ready[1], &byte, 1);
        (void)!read(cut[0], &byte, 1);
        memset(lw_map.base + furthest, 'x', 1024);
        _exit(fill_blocks() < 64 ? 0 : 1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    lw_map_cut(&lw_map);
    assert_true(file_size() < 4 << 20);
    assert_int_equal(write(cut[1], &byte, 1), 1);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(close(ready[i]) + close(cut[i]), 0);
}

static uint32_t claiming_threads;

static void *claim_on(void *unused)
{
    (void)unused;
    __atomic_fetch_add(&claiming_threads, 1, __ATOMIC_RELEASE);
    return (void *)(uintptr_t)fill_blocks();
}

/* Once they are sealed, nobody writes behind the end, wherever the threads were just then. */
static void threads_that_claim_during_the_cut_live(void **state)
{
    for (int round = 0; round < 50; round++) {
        pthread_t threads[4];
        assert_true(lw_bounds_begin(&lw_map));
        claiming_threads = 0;
        for (int i = 0; i < 4; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, claim_on, NULL), 0);
        while (__atomic_load_n(&claiming_threads, __ATOMIC_ACQUIRE) < 4)
            ;
        lw_map_cut(&lw_map);
        uint64_t size = file_size();
        for (int i = 0; i < 4; i++)
            pthread_join(threads[i], NULL);
        assert_true(size == lw_map.size || size == lw_map.claimed);
        assert_int_equal(file_size(), size);
        end(state);
        assert_int_equal(begin(state), 0);
    }
}

static void another_file_in_its_place_is_left_alone(void **state)
{
    (void)state;
    char moved[80], victim[80];
    snprintf(moved, sizeof moved, "%s.moved", path);
    snprintf(victim, sizeof victim, "%s.victim", path);
    assert_true(lw_bounds_begin(&lw_map));
    assert_int_equal(rename(path, moved), 0);
    FILE *other = fopen(victim, "w");
    assert_non_null(other);
    for (int i = 0; i < 300000; i++)
        fputc('x', other);
    fclose(other);
    for (int link_or_file = 0; link_or_file < 2; link_or_file++) {
        assert_int_equal(link_or_file ? rename(victim, path) : symlink(victim, path), 0);
        lw_map_cut(&lw_map);
        lw_map_remove(&lw_map);
        struct stat about;
        assert_int_equal(stat(path, &about), 0);
        assert_int_equal(about.st_size, 300000);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(unlink(moved), 0);
}

static void lanes_add_up(void **state)
{
    (void)state;
    uint32_t one, two, site = site_of(1, 1);
    struct lw_lane *first = lw_lane_take((uint32_t)gettid(), &one), *second = lw_lane_take(UINT32_MAX, &two);
    assert_ptr_not_equal(first, second);
    lw_lane_site(first, site)->acquired = 5;
    lw_lane_site(second, site)->released = 3;
    first->opened = 5;
    second->closed = 3;
    assert_int_equal(lw_site_held(site), 2);
    assert_int_equal(lw_open_count(), 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(the_file_is_private_sparse_and_not_kept_open),
        TEST(equal_keys_have_one_number_and_others_another),
        TEST(rows_of_one_hash_are_told_apart),
        TEST(a_full_table_folds_and_counts),
        TEST(long_names_are_chains),
        TEST(who_comes_too_late_leaves_nothing),
        TEST(two_threads_agree_on_every_number),
        TEST(slots_of_low_and_high_numbers_are_apart),
        TEST(a_range_visits_what_was_used_in_it),
        TEST(handles_are_found_reused_and_counted_through),
        TEST(free_handle_slots_serve_other_keys),
        TEST(threads_do_not_take_each_others_handle_slots),
        TEST(without_system_calls_there_is_no_room_but_no_fault),
        TEST(too_small_a_file_is_refused),
        TEST(after_the_cut_all_that_is_claimed_is_there_and_no_more_is_given),
        TEST(what_a_child_has_claimed_is_not_cut),
        TEST(threads_that_claim_during_the_cut_live),
        TEST(another_file_in_its_place_is_left_alone),
        TEST(lanes_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
