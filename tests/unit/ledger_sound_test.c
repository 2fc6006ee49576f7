/* What a process wrote is what is read, field by field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ledger_maker.h"
#include "ledger_walk.h"

static struct ledger *open_made(struct maker *maker)
{
    size_t size;
    void *bytes = maker__bytes(maker, &size);
    struct ledger *ledger = NULL;
    struct ledger_error error = {.text = ""};
    if (ledger_of_bytes(&ledger, bytes, size, &error) != 0)
        fail_msg("%s", error.text);
    maker__free(maker);
    return ledger;
}

static void a_new_ledger_is_sound_and_empty(void **state)
{
    (void)state;
    struct ledger *ledger = open_made(maker__new());
    for (unsigned id = 0; id < LW_TABLES; id++)
        assert_int_equal(ledger__count(ledger, id), 1);
    assert_int_equal(ledger__damaged(ledger), 0);
    assert_null(ledger__samples(ledger));
    assert_null(ledger__exhaustion(ledger));
    assert_null(ledger__site(ledger, 0));
    assert_null(ledger__site(ledger, 1));
    assert_null(ledger__site(ledger, LW_OTHER));
    assert_string_equal(ledger__name(ledger, 1), "");
    ledger_walk(ledger);
    ledger__close(ledger);
}

static void the_header_comes_through(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    struct lw_header *made = maker__header(maker);
    made->image = 3;
    made->uid = 1000;
    made->lost = 11;
    made->peak_number = 77;
    made->troubles = LW_TROUBLE_FULL;
    made->link_kind = LW_LINK_PARENT;
    strcpy(made->link, "/tmp/parent.lwl");
    made->tables[LW_SITES].folded = 5;
    made->tables[LW_NAMES].folded = 6;
    struct lw_header copy = *made;
    struct ledger *ledger = open_made(maker);
    assert_memory_equal(ledger__header(ledger), &copy, sizeof copy);
    assert_int_equal(ledger__folded(ledger), 11);
    assert_string_equal(ledger__end(ledger), "exit");
    assert_int_equal(ledger__damaged(ledger), 0);
    ledger__close(ledger);
}

static void texts_of_the_header_always_end(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    struct lw_header *made = maker__header(maker);
    memset(made->exe, 'x', LW_TEXT);
    memset(made->arguments, 'y', LW_TEXT);
    memset(made->directory, 'd', LW_TEXT);
    memset(made->link, 'l', LW_TEXT);
    struct ledger *ledger = open_made(maker);
    const struct lw_header *header = ledger__header(ledger);
    assert_int_equal(strlen(header->exe), LW_TEXT - 1);
    assert_int_equal(strlen(header->directory), LW_TEXT - 1);
    assert_int_equal(strlen(header->link), LW_TEXT - 1);
    assert_int_equal(strlen(header->arguments), LW_TEXT - 2);
    assert_int_equal(header->arguments[LW_TEXT - 1], 0);
    ledger__close(ledger);
}

static void ends_have_their_words(void **state)
{
    (void)state;
    static const struct {
        uint32_t end;
        const char *word;
    } ends[] = {
        {LW_RUNNING, "killed"}, {LW_EXIT, "exit"}, {LW_EXEC, "exec"}, {LW_QUICK_EXIT, "exit"}, {LW_ABORT, "killed"},
    };
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct maker *maker = maker__new();
        maker__header(maker)->end = ends[i].end;
        maker__header(maker)->end_status = 3;
        struct ledger *ledger = open_made(maker);
        assert_string_equal(ledger__end(ledger), ends[i].word);
        assert_int_equal(ledger__header(ledger)->end_status, ends[i].end == LW_ABORT ? SIGABRT : 3);
        assert_int_equal(ledger__damaged(ledger), 0);
        ledger__close(ledger);
    }
}

static void names_of_all_lengths_come_through(void **state)
{
    (void)state;
    enum { LONGEST = 4 * LW_NAME_TEXT + 3 };
    struct maker *maker = maker__new();
    char text[LONGEST + 1];
    uint32_t numbers[LONGEST + 1];
    for (size_t length = 0; length <= LONGEST; length++) {
        memset(text, 'a' + (int)(length % 26), length);
        text[length] = 0;
        numbers[length] = maker__name(maker, text);
    }
    struct ledger *ledger = open_made(maker);
    for (size_t length = LONGEST + 1; length-- > 0;) {
        const char *name = ledger__name(ledger, numbers[length]);
        assert_int_equal(strlen(name), length);
        assert_int_equal(strspn(name, (char[]){(char)('a' + (int)(length % 26)), 0}), length);
        assert_ptr_equal(name, ledger__name(ledger, numbers[length]));
    }
    assert_int_equal(ledger__damaged(ledger), 0);
    ledger__close(ledger);
}

static void stacks_are_innermost_first_and_cut_at_the_room(void **state)
{
    (void)state;
    static const uint64_t addresses[] = {0x1111, 0x2222, 0x3333};
    struct maker *maker = maker__new();
    uint32_t module = maker__module(maker, "/usr/bin/app", 0x1000, 0x1000, 0x9000);
    uint32_t stack = maker__stack(maker, module, addresses, 3);
    struct ledger *ledger = open_made(maker);
    const struct lw_frame *frames[8];
    assert_int_equal(ledger__stack(ledger, stack, frames, 8), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(frames[i]->address, addresses[i]);
        const struct lw_module *found = ledger__module(ledger, frames[i]->module);
        assert_non_null(found);
        assert_string_equal(ledger__name(ledger, found->name), "/usr/bin/app");
        assert_int_equal(found->end, 0x9000);
        assert_int_equal(found->build_id_length, 20);
    }
    assert_int_equal(ledger__stack(ledger, stack, frames, 2), 2);
    assert_int_equal(frames[0]->address, 0x1111);
    assert_int_equal(ledger__stack(ledger, stack, frames, 0), 0);
    assert_int_equal(ledger__stack(ledger, 0, frames, 8), 0);
    assert_int_equal(ledger__stack(ledger, LW_OTHER, frames, 8), 0);
    ledger__close(ledger);
}

/* Into the fourth segment, so that every step of the numbering is taken. */
static void elements_are_found_in_all_segments(void **state)
{
    (void)state;
    enum { COUNT = 64 * 15 };
    struct maker *maker = maker__new();
    uint32_t call = 0;
    for (uint32_t i = 1; i < COUNT; i++) {
        assert_int_equal(maker__site(maker, 0, 0, "open", LW_FD_FILE), i);
        struct lw_site *site = maker__element(maker, LW_SITES, i);
        call = call ? call : site->call;
        *site = (struct lw_site){.call = call, .first_time = i * 1000};
    }
    struct ledger *ledger = open_made(maker);
    assert_int_equal(ledger__count(ledger, LW_SITES), COUNT);
    for (uint32_t i = 1; i < COUNT; i++)
        assert_int_equal(ledger__site(ledger, i)->first_time, i * 1000);
    assert_null(ledger__site(ledger, COUNT));
    ledger__close(ledger);
}

static void an_element_lost_in_mid_insert_is_none(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    uint32_t lost = maker__site(maker, 0, 0, "open", LW_FD_FILE), kept = maker__site(maker, 0, 0, "open", LW_FD_FILE);
    memset(maker__element(maker, LW_SITES, lost), 0, sizeof(struct lw_site));
    struct ledger *ledger = open_made(maker);
    assert_null(ledger__site(ledger, lost));
    assert_non_null(ledger__site(ledger, kept));
    assert_int_equal(ledger__damaged(ledger), 0);
    ledger__close(ledger);
}

static void a_full_table_counts_on(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    maker__site(maker, 0, 0, "open", LW_FD_FILE);
    struct lw_table *table = &maker__header(maker)->tables[LW_SITES];
    table->cap = table->count;
    table->count += 1000;
    struct ledger *ledger = open_made(maker);
    assert_int_equal(ledger__count(ledger, LW_SITES), 2);
    assert_int_equal(ledger__damaged(ledger), 0);
    ledger__close(ledger);
}

struct seen {
    size_t count;
    bool is_handle[8];
    uint32_t index[8];
    struct lw_slot slot[8];
};

static bool see(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    struct seen *seen = context;
    assert_true(seen->count < 8);
    seen->is_handle[seen->count] = is_handle;
    seen->index[seen->count] = index;
    seen->slot[seen->count++] = *slot;
    return seen->count < 7;
}

static void slots_come_in_order_with_every_field(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {0, 63, 64, 5000000, LW_FD_MAX - 1};
    struct maker *maker = maker__new();
    uint32_t site = maker__site(maker, 0, 0, "socket", LW_FD_SOCKET), handle;
    struct lw_slot copies[8];
    for (size_t i = 5; i-- > 0;) {
        struct lw_slot *slot = maker__fd(maker, numbers[i], site, LW_FD_SOCKET);
        maker__detail(slot, "connected 10.0.0.1:5432");
        slot->flags = LW_CONNECTED | LW_CLOEXEC;
        slot->error = ECONNREFUSED;
        slot->family = 2;
        slot->type = 1;
        slot->protocol = 6;
        copies[i] = *slot;
    }
    copies[5] = *maker__handle(maker, 0x7f0000001000, site, LW_STREAM_FILE, &handle);
    assert_int_equal(handle, 0);
    for (uint32_t i = 0; i < 32; i++)
        maker__state(maker__handle(maker, 0x7f0000002000 + i, site, LW_DIR, &handle), i < 31 ? LW_EMPTY : LW_HELD);
    struct ledger *ledger = open_made(maker);
    struct seen seen = {.count = 0};
    ledger__slots(ledger, see, &seen);
    assert_int_equal(seen.count, 7);
    for (size_t i = 0; i < 6; i++)
        assert_memory_equal(&seen.slot[i], &copies[i], sizeof copies[i]);
    for (size_t i = 0; i < 5; i++)
        assert_true(!seen.is_handle[i] && seen.index[i] == numbers[i]);
    assert_true(seen.is_handle[5] && seen.index[5] == 0);
    assert_true(seen.is_handle[6] && seen.index[6] == 32 && handle == 32);
    assert_int_equal(ledger__damaged(ledger), 0);
    ledger__close(ledger);
}

static bool stop_at_once(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    (void)slot;
    (void)is_handle;
    (void)index;
    ++*(int *)context;
    return false;
}

static void a_visitor_can_stop(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    for (uint32_t i = 0; i < 200; i++)
        maker__fd(maker, i, 0, LW_FD_FILE);
    struct ledger *ledger = open_made(maker);
    int visits = 0;
    ledger__slots(ledger, stop_at_once, &visits);
    assert_int_equal(visits, 1);
    ledger__close(ledger);
}

static void lanes_are_added_up(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    for (uint32_t lane = 0; lane < LW_LANES; lane += (LW_LANES - 1) / 3) {
        maker__lane(maker, lane)->opened = 10;
        maker__lane(maker, lane)->closed = 7;
        maker__lane(maker, lane)->differences = 1;
        for (uint32_t site = 1; site < 200; site += 99) {
            struct lw_site_count *count = maker__site_count(maker, lane, site);
            *count = (struct lw_site_count){
                .acquired = site, .released = 2, .failed = 3, .peak = 4, .unseen = 5, .last_time = 1000 + lane};
            count->lifetimes[0] = UINT32_MAX - 1;
            count->lifetimes[LW_LIFETIMES - 1] = 6;
        }
        *maker__release_count(maker, lane, 500) = 1000000000000ULL;
    }
    struct ledger *ledger = open_made(maker);
    struct lw_lane sum = ledger__lanes(ledger);
    assert_int_equal(sum.thread, 4);
    assert_int_equal(sum.opened, 40);
    assert_int_equal(sum.closed, 28);
    assert_int_equal(sum.differences, 4);
    struct lw_site_count count = ledger__site_count(ledger, 100);
    assert_int_equal(count.acquired, 400);
    assert_int_equal(count.released, 8);
    assert_int_equal(count.failed, 12);
    assert_int_equal(count.peak, 16);
    assert_int_equal(count.unseen, 20);
    assert_int_equal(count.last_time, 1000 + LW_LANES - 1);
    assert_int_equal(count.lifetimes[0], UINT32_MAX);
    assert_int_equal(count.lifetimes[LW_LIFETIMES - 1], 24);
    assert_int_equal(ledger__site_count(ledger, 101).acquired, 0);
    assert_int_equal(ledger__site_count(ledger, LW_OTHER).acquired, 0);
    assert_true(ledger__release_count(ledger, 500) == 4000000000000ULL);
    assert_int_equal(ledger__release_count(ledger, LW_OTHER), 0);
    assert_null(ledger__lane(ledger, 1));
    assert_null(ledger__lane(ledger, LW_LANES));
    ledger__close(ledger);
}

static void single_records_come_through(void **state)
{
    (void)state;
    struct ledger *ledger = open_made(maker__everything());
    const struct lw_samples *samples = ledger__samples(ledger);
    assert_int_equal(samples->count, 20);
    assert_int_equal(samples->sample[19].open, 57);
    const struct lw_exhaustion *exhaustion = ledger__exhaustion(ledger);
    assert_int_equal(exhaustion->error, EMFILE);
    assert_int_equal(exhaustion->rows, 1);
    assert_int_equal(exhaustion->row[0].held, 1000);
    assert_string_equal(ledger__name(ledger, exhaustion->call), "openat");
    const struct lw_failure *failure = ledger__failure(ledger, 1);
    assert_int_equal(failure->error, EMFILE);
    assert_string_equal(ledger__name(ledger, failure->call), "openat");
    const struct lw_crossing *crossing = ledger__crossing(ledger, 1);
    assert_string_equal(ledger__name(ledger, crossing->program), "/bin/sh");
    const struct lw_scope *scope = ledger__scope(ledger, ledger__site(ledger, 1)->scope);
    assert_string_equal(ledger__name(ledger, scope->name), "request");
    assert_string_equal(ledger__name(ledger, ledger__scope(ledger, scope->parent)->name), "server");
    assert_int_equal(ledger__release_count(ledger, 1), 997);
    assert_int_equal(ledger__damaged(ledger), 0);
    ledger__close(ledger);
}

static void a_longer_header_of_a_later_minor_version_is_read(void **state)
{
    (void)state;
    struct maker *maker = maker__everything();
    struct lw_header *header = maker__header(maker);
    header->minor = LW_MINOR + 7;
    header->header_size += 64; /* the first block begins at the next page */
    struct ledger *ledger = open_made(maker);
    assert_int_equal(ledger__damaged(ledger), 0);
    assert_int_equal(ledger__site_count(ledger, 1).acquired, 1000);
    ledger__close(ledger);
}

static void a_shorter_header_of_an_earlier_minor_version_is_read(void **state)
{
    (void)state;
    struct maker *maker = maker__everything();
    struct lw_header *header = maker__header(maker);
    header->header_size = offsetof(struct lw_header, tables) + LW_TABLES * sizeof(struct lw_table);
    header->tables[LW_TABLE_ROOM - 1].folded = 99; /* behind the header's end: another block's bytes */
    struct ledger *ledger = open_made(maker);
    assert_int_equal(ledger__folded(ledger), 0);
    assert_int_equal(ledger__damaged(ledger), 0);
    assert_int_equal(ledger__site_count(ledger, 1).acquired, 1000);
    ledger__close(ledger);
}

/* 10,000 stacks of 12 frames, 100,000 descriptors: the size that the reports are budgeted for. */
static void a_large_ledger_is_read_whole(void **state)
{
    (void)state;
    enum { SLOTS = 100000, STACKS = 10000 };
    struct maker *maker = maker__new();
    uint32_t module = maker__module(maker, "/usr/bin/app", 0x1000, 0x1000, 0x900000), stack = 0;
    for (uint32_t i = 0; i < STACKS; i++) {
        stack = 0;
        for (uint32_t k = 0; k < 12; k++)
            stack = maker__frame(maker, 0x1000 + i * 16 + k, module, stack);
        maker__site(maker, stack, 0, "open", LW_FD_FILE);
        maker__site_count(maker, 0, i + 1)->acquired = 10;
    }
    for (uint32_t i = 0; i < SLOTS; i++)
        maker__detail(maker__fd(maker, i + 3, i % STACKS + 1, LW_FD_FILE), "/var/lib/app/data/file-with-a-name");
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    struct ledger *ledger = open_made(maker);
    ledger_walk(ledger);
    clock_gettime(CLOCK_MONOTONIC, &after);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    print_message("opened and walked in %.3f s, %ld MiB at most with the maker's own\n",
                  (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9,
                  usage.ru_maxrss / 1024);
    assert_int_equal(ledger__count(ledger, LW_STACKS), STACKS * 12 + 1);
    int visits = 0;
    ledger__slots(ledger, stop_at_once, &visits);
    assert_int_equal(visits, 1);
    assert_int_equal(ledger__damaged(ledger), 0);
    ledger__close(ledger);
}

/* A ledger of which only the used part is there, and one whose holes were kept. */
static void holes_cost_nothing(void **state)
{
    (void)state;
    struct maker *maker = maker__everything();
    char path[] = "/tmp/leakwatch-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    maker__write(maker, path);
    assert_int_equal(ftruncate(fd, 10LL << 40), 0); /* 10 TiB, almost all of it a hole */
    struct ledger *ledger;
    struct ledger_error error;
    assert_int_equal(ledger__open(&ledger, path, &error), 0);
    assert_int_equal(ledger__damaged(ledger), 0);
    assert_int_equal(ledger__site_count(ledger, 1).acquired, 1000);
    ledger__close(ledger);
    close(fd);
    unlink(path);
    maker__free(maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_ledger_is_sound_and_empty),
        cmocka_unit_test(the_header_comes_through),
        cmocka_unit_test(texts_of_the_header_always_end),
        cmocka_unit_test(ends_have_their_words),
        cmocka_unit_test(names_of_all_lengths_come_through),
        cmocka_unit_test(stacks_are_innermost_first_and_cut_at_the_room),
        cmocka_unit_test(elements_are_found_in_all_segments),
        cmocka_unit_test(an_element_lost_in_mid_insert_is_none),
        cmocka_unit_test(a_full_table_counts_on),
        cmocka_unit_test(slots_come_in_order_with_every_field),
        cmocka_unit_test(a_visitor_can_stop),
        cmocka_unit_test(lanes_are_added_up),
        cmocka_unit_test(single_records_come_through),
        cmocka_unit_test(a_longer_header_of_a_later_minor_version_is_read),
        cmocka_unit_test(a_shorter_header_of_an_earlier_minor_version_is_read),
        cmocka_unit_test(a_large_ledger_is_read_whole),
        cmocka_unit_test(holes_cost_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
