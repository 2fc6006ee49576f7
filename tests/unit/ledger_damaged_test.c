/* Whatever stands in a file: a ledger that can be walked, or one clear line. Never a crash, a hang, or much memory. */
#include "ledger_assert.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger_maker.h"
#include "ledger_walk.h"

/* The same of what a maker made, which is freed. */
static void assert_made_refused(struct maker *maker, const char *words)
{
    size_t size;
    void *bytes = maker__bytes(maker, &size);
    assert_bytes_refused(bytes, size, words);
    maker__free(maker);
}

/* Opened all the same, and how many damages were counted. */
static uint64_t damages_of(struct maker *maker)
{
    struct ledger *ledger = NULL;
    struct ledger_error error = {.text = ""};
    size_t size;
    void *bytes = maker__bytes(maker, &size);
    if (ledger_of_bytes(&ledger, bytes, size, &error) != 0)
        fail_msg("%s", error.text);
    ledger_walk(ledger);
    uint64_t damaged = ledger__damaged(ledger);
    assert_true((ledger__damage_note(ledger, 0) != NULL) == (damaged > 0));
    ledger__close(ledger);
    maker__free(maker);
    return damaged;
}

/* ---- Not a ledger, or not for this reader */

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    char directory[] = "/tmp/leakwatch-test-XXXXXX", path[128];
    assert_non_null(mkdtemp(directory));
    assert_refused(directory, "directory");
    assert_refused("/dev/null", "device");
    snprintf(path, sizeof path, "%s/fifo", directory);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused(path, "FIFO");
    unlink(path);
    snprintf(path, sizeof path, "%s/empty", directory);
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    assert_refused(path, "empty");
    unlink(path);
    assert_refused(path, "No such file");
    rmdir(directory);
}

static void a_path_cannot_break_the_line(void **state)
{
    (void)state;
    char path[2000];
    assert_refused("/nowhere/a\nb\x1b[31m", "a\\x0ab\\x1b[31m");
    memset(path, '\n', sizeof path);
    path[sizeof path - 1] = 0;
    assert_refused(path, "...: cannot be opened: File name too long");
    memset(path, '/', sizeof path - 1);
    assert_refused(path, "...: this is a directory");
}

static void other_formats_are_named(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    maker__header(maker)->magic ^= 1;
    assert_made_refused(maker, "not a leakwatch ledger");
    maker = maker__new();
    maker__header(maker)->magic = 0;
    assert_made_refused(maker, "ended before it wrote anything");
    maker = maker__new();
    maker__header(maker)->major = LW_MAJOR + 1;
    maker__header(maker)->minor = 4;
    assert_made_refused(maker, "another version of leakwatch (format 3.4, this one reads 2.x): use that version's");
    maker = maker__new();
    maker__header(maker)->major = 1;
    maker__header(maker)->minor = 0;
    assert_made_refused(maker, "another version of leakwatch (format 1.0, this one reads 2.x): use that version's");
    maker = maker__new();
    maker__header(maker)->byte_order = __builtin_bswap32(LW_BYTE_ORDER);
    assert_made_refused(maker, "byte order");
    maker = maker__new();
    maker__header(maker)->magic = __builtin_bswap64(LW_MAGIC);
    assert_made_refused(maker, "byte order");
}

static void unusable_headers_are_refused(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    maker__header(maker)->header_size = 64;
    assert_made_refused(maker, "damaged");
    maker = maker__new();
    maker__header(maker)->header_size = UINT32_MAX;
    assert_made_refused(maker, "damaged");
    maker = maker__new();
    maker__header(maker)->header_size += 1;
    assert_made_refused(maker, "damaged");
    maker = maker__new();
    maker__header(maker)->header_size = 1 << 20;
    maker__header(maker)->used = 1 << 21;
    assert_bytes_refused(maker__header(maker), 65536, "cut off after 65536 bytes");
    maker__free(maker);
}

/* ---- Sizes that are claimed */

static void a_huge_used_is_bounded_by_the_file(void **state)
{
    (void)state;
    struct maker *maker = maker__everything();
    struct lw_header *header = maker__header(maker);
    size_t size = header->used;
    header->used = 1ULL << 60;
    struct ledger *ledger;
    struct ledger_error error;
    assert_int_equal(ledger_of_bytes(&ledger, header, size, &error), 0);
    assert_int_equal(ledger__damaged(ledger), 1);
    assert_int_equal(ledger__site_count(ledger, 1).acquired, 1000);
    ledger__close(ledger);
    maker__free(maker);
}

static void counts_of_four_billion_are_bounded(void **state)
{
    (void)state;
    struct maker *maker = maker__everything();
    struct lw_header *header = maker__header(maker);
    for (unsigned id = 0; id < LW_TABLES; id++)
        header->tables[id].count = header->tables[id].cap = UINT32_MAX;
    assert_int_equal(damages_of(maker), 0); /* it counts on where a table is full: the segments are what bounds it */
}

static void odd_table_shapes_are_left_out(void **state)
{
    (void)state;
    struct maker *maker = maker__everything();
    struct lw_header *header = maker__header(maker);
    header->tables[LW_NAMES].element_size = 1;
    header->tables[LW_SITES].first = 0;
    header->tables[LW_STACKS].first = 3;
    header->tables[LW_MODULES].first = 1u << 31;
    assert_true(damages_of(maker) >= 4);
}

/* ---- References that lead nowhere */

static void chains_end(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    uint32_t inner, outer = maker__frame(maker, 0x1000, 0, 0);
    inner = maker__frame(maker, 0x2000, 0, outer);
    ((struct lw_frame *)maker__element(maker, LW_STACKS, outer))->parent = inner;
    uint32_t own = maker__frame(maker, 0x3000, 0, 0);
    ((struct lw_frame *)maker__element(maker, LW_STACKS, own))->parent = own;
    uint32_t scope = maker__scope(maker, LW_SCOPE_NAMED, 0, "scope");
    ((struct lw_scope *)maker__element(maker, LW_SCOPES, scope))->parent = scope;
    uint32_t site = maker__site(maker, inner, scope, "open", LW_FD_FILE);
    struct lw_name *name = maker__element(maker, LW_NAMES, maker__name(maker, "round and round"));
    name->length = 5 * LW_NAME_TEXT;
    name->next = maker__header(maker)->tables[LW_NAMES].count - 1;
    maker__fd(maker, 3, site, LW_FD_FILE);
    assert_int_equal(damages_of(maker), 4);
}

/* Two names that carry each other on for ever: told by their lengths. */
static void names_that_lie_about_their_length_are_cut(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    uint32_t first = maker__name(maker, "first"), second = maker__name(maker, "second");
    struct lw_name *a = maker__element(maker, LW_NAMES, first), *b = maker__element(maker, LW_NAMES, second);
    a->length = 3 * LW_NAME_TEXT;
    a->next = second;
    b->length = 2 * LW_NAME_TEXT;
    b->next = first;
    uint32_t endless = maker__name(maker, "endless");
    ((struct lw_name *)maker__element(maker, LW_NAMES, endless))->length = UINT32_MAX;
    assert_int_equal(damages_of(maker), 2);
}

static void segments_must_lie_in_the_file_and_behind_the_header(void **state)
{
    (void)state;
    static const uint64_t nowhere[] = {8, 4096, 1ULL << 40, UINT64_MAX, UINT64_MAX - 7, 1000003};
    for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        struct maker *maker = maker__everything();
        struct lw_header *header = maker__header(maker);
        header->tables[LW_SITES].segments[0] = nowhere[i];
        header->handles.slots[0] = nowhere[i];
        header->fds[0] = nowhere[i];
        header->lanes[0] = nowhere[i];
        header->samples = nowhere[i];
        header->exhaustion = nowhere[i];
        assert_true(damages_of(maker) >= 6);
    }
}

/* Every entry of every node leads to the node itself: 16 million leaves, if one believes it. */
static void directories_that_go_round_in_circles_end(void **state)
{
    (void)state;
    struct maker *maker = maker__everything();
    uint64_t offset = maker__block(maker, sizeof(struct lw_fd_node) * 16);
    struct lw_fd_node *node = maker__at(maker, offset);
    for (unsigned i = 0; i < LW_FD_FANOUT; i++)
        node->below[i] = maker__header(maker)->fds[i] = offset;
    assert_true(damages_of(maker) > 1000);
}

static void slots_that_cannot_be_are_left_out(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    maker__fd(maker, 3, 0, LW_FD_FILE)->word = 77;
    maker__fd(maker, 4, 0, LW_FD_FILE)->handle = 5;
    maker__fd(maker, 6, 0, LW_FD_FILE)->kind = 100000;
    maker__fd(maker, 7, 0, LW_FD_FILE)->detail_length = LW_DETAIL + 1;
    maker__fd(maker, 8, 99, LW_FD_FILE)->release_stack = 98;
    maker__fd(maker, 9, 0, LW_FD_FILE)->release_call = 97;
    maker__fd(maker, 10, 0, LW_FD_FILE)->owner = 96;
    maker__left(maker__fd(maker, 11, 0, LW_FD_FILE), 95, 1);
    assert_int_equal(damages_of(maker), 9);
}

/* What was in flight when the process died is no damage, whatever it looks like. */
static void slots_in_flight_are_no_damage(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    struct lw_slot *slot = maker__fd(maker, 3, 99, LW_KIND_NONE);
    maker__state(slot, LW_WRITING);
    slot->release_stack = slot->release_call = slot->owner = slot->leftover = 77;
    slot->detail_length = slot->label_length = UINT16_MAX;
    struct lw_slot *cut_short = maker__fd(maker, 4, 0, LW_KIND_NONE);
    maker__state(cut_short, LW_FREE);
    cut_short->handle = 0;
    assert_int_equal(damages_of(maker), 0);
}

static void samples_and_rows_are_bounded(void **state)
{
    (void)state;
    struct maker *maker = maker__everything();
    struct lw_samples *samples = maker__at(maker, maker__header(maker)->samples);
    samples->count = UINT32_MAX;
    struct lw_exhaustion *exhaustion = maker__at(maker, maker__header(maker)->exhaustion);
    exhaustion->rows = UINT32_MAX;
    exhaustion->row[31].site = 12345;
    assert_int_equal(damages_of(maker), 4); /* the counts, what follows the last sample, the site */
}

/* A process that died while it was thinning out its samples. */
static void half_thinned_samples_stay_in_order(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    for (uint64_t i = 0; i < LW_SAMPLES; i++)
        maker__sample(maker, 1000 + i, i);
    struct lw_samples *samples = maker__at(maker, maker__header(maker)->samples);
    samples->generation = 1;
    for (size_t i = 0; i < 300; i++)
        samples->sample[i] = samples->sample[2 * i];
    struct ledger *ledger;
    struct ledger_error error;
    size_t size;
    void *bytes = maker__bytes(maker, &size);
    assert_int_equal(ledger_of_bytes(&ledger, bytes, size, &error), 0);
    const struct lw_samples *read = ledger__samples(ledger);
    assert_int_equal(read->count, 300 + LW_SAMPLES - 599);
    for (uint32_t i = 1; i < read->count; i++)
        assert_true(read->sample[i].time > read->sample[i - 1].time);
    assert_int_equal(ledger__damaged(ledger), 0);
    ledger__close(ledger);
    maker__free(maker);
}

/* All blocks at the same place: mending one breaks another, and still nothing leads out of bounds. */
static void blocks_on_top_of_each_other(void **state)
{
    (void)state;
    for (uint64_t shift = 0; shift < 64; shift += 8) {
        struct maker *maker = maker__everything();
        struct lw_header *header = maker__header(maker);
        uint64_t place = header->tables[LW_STACKS].segments[0] + shift;
        for (unsigned id = 0; id < LW_TABLES; id++)
            for (unsigned k = 0; k < LW_SEGMENTS; k++)
                header->tables[id].segments[k] = place;
        header->samples = header->exhaustion = header->lanes[0] = header->handles.slots[0] = place;
        damages_of(maker);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(a_path_cannot_break_the_line),
        cmocka_unit_test(other_formats_are_named),
        cmocka_unit_test(unusable_headers_are_refused),
        cmocka_unit_test(a_huge_used_is_bounded_by_the_file),
        cmocka_unit_test(counts_of_four_billion_are_bounded),
        cmocka_unit_test(odd_table_shapes_are_left_out),
        cmocka_unit_test(chains_end),
        cmocka_unit_test(names_that_lie_about_their_length_are_cut),
        cmocka_unit_test(segments_must_lie_in_the_file_and_behind_the_header),
        cmocka_unit_test(directories_that_go_round_in_circles_end),
        cmocka_unit_test(slots_that_cannot_be_are_left_out),
        cmocka_unit_test(slots_in_flight_are_no_damage),
        cmocka_unit_test(samples_and_rows_are_bounded),
        cmocka_unit_test(half_thinned_samples_stay_in_order),
        cmocka_unit_test(blocks_on_top_of_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
