/* What a ledger says of scopes: sound, it is read field by field; damaged, it is mended and counted. */
#include "ledger_assert.h"

#include <errno.h>
#include <string.h>

#include "ledger/slot.h"
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
    ledger_walk(ledger);
    maker__free(maker);
    return ledger;
}

/* The damage is the only one, in this field, where this stood. */
static void assert_damage(const struct ledger *ledger, const char *what, uint64_t value)
{
    assert_int_equal(ledger__damaged(ledger), 1);
    const struct ledger_damage *damage = ledger__damage_note(ledger, 0);
    assert_string_equal(damage->what, what);
    assert_true(damage->value == value);
}

/* ---- Sound */

static void scopes_come_through(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    uint32_t server = maker__scope(maker, LW_SCOPE_NAMED, 0, "server");
    uint32_t request = maker__scope(maker, LW_SCOPE_FUNCTION, server, "request");
    uint32_t thread = maker__scope(maker, LW_SCOPE_THREAD, 0, NULL);
    struct lw_scope *made = maker__element(maker, LW_SCOPES, thread);
    made->module = maker__module(maker, "/usr/bin/app", 0, 0x1000, 0x2000);
    made->address = 0x1234;
    struct ledger *ledger = open_made(maker);
    const struct lw_scope *scope = ledger__scope(ledger, request);
    assert_int_equal(scope->kind, LW_SCOPE_FUNCTION);
    assert_int_equal(scope->depth, 2);
    assert_int_equal(scope->parent, server);
    assert_string_equal(ledger__name(ledger, scope->name), "request");
    assert_int_equal(ledger__scope(ledger, thread)->address, 0x1234);
    assert_int_equal(ledger__scope(ledger, thread)->module, 1);
    assert_null(ledger__scope(ledger, 0));
    assert_null(ledger__scope(ledger, LW_OTHER));
    assert_int_equal(ledger__damaged(ledger), 0);
    ledger__close(ledger);
}

static void what_scopes_leave_comes_through(void **state)
{
    (void)state;
    struct ledger *ledger = open_made(maker__everything());
    const struct lw_leftover *leftover = ledger__leftover(ledger, 1);
    assert_int_equal(leftover->count, 3);
    assert_int_equal(leftover->later, 1);
    assert_string_equal(leftover->reason, "no such user");
    assert_string_equal(ledger__name(ledger, leftover->later_call), "close");
    const struct lw_departure *departure = ledger__departure(ledger, 1);
    assert_int_equal(departure->sites, 11);
    assert_int_equal(departure->site[4], LW_OTHER);
    assert_int_equal(departure->site[7], leftover->site);
    assert_int_equal(departure->failure_error, ECONNREFUSED);
    assert_int_equal(ledger__imbalance(ledger, 1)->reason, LW_ENDED_TWICE);
    assert_int_equal(ledger__imbalance(ledger, 2)->scope, LW_OTHER);
    assert_string_equal(ledger__name(ledger, ledger__disorder(ledger, 1)->call), "close");
    assert_null(ledger__leftover(ledger, 0));
    assert_null(ledger__departure(ledger, 2));
    assert_null(ledger__imbalance(ledger, LW_OTHER));
    assert_null(ledger__disorder(ledger, 2));
    assert_int_equal(ledger__damaged(ledger), 0);
    ledger__close(ledger);
}

static void rows_lost_in_mid_insert_are_none(void **state)
{
    (void)state;
    struct maker *maker = maker__everything();
    memset(maker__element(maker, LW_LEFTOVERS, 2), 0, sizeof(struct lw_leftover));
    memset(maker__element(maker, LW_DEPARTURES, 1), 0, sizeof(struct lw_departure));
    memset(maker__element(maker, LW_IMBALANCES, 1), 0, sizeof(struct lw_imbalance));
    memset(maker__element(maker, LW_DISORDERS, 1), 0, sizeof(struct lw_disorder));
    struct ledger *ledger = open_made(maker);
    assert_non_null(ledger__leftover(ledger, 1));
    assert_null(ledger__leftover(ledger, 2));
    assert_null(ledger__departure(ledger, 1));
    assert_null(ledger__imbalance(ledger, 1));
    assert_non_null(ledger__imbalance(ledger, 2));
    assert_null(ledger__disorder(ledger, 1));
    assert_int_equal(ledger__damaged(ledger), 0);
    ledger__close(ledger);
}

static void counts_of_all_lanes_are_added_up(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    for (uint32_t lane = 0; lane < LW_LANES; lane += (LW_LANES - 1) / 3) {
        struct lw_scope_count *count = maker__scope_count(maker, lane, 700);
        *count = (struct lw_scope_count){.entered = 10, .ended = 9, .failed = 2, .left = 1, .most = lane, .ticks = 100};
        count->durations[LW_DURATIONS - 1] = UINT32_MAX / 2;
        count->durations[3] = 5;
    }
    struct ledger *ledger = open_made(maker);
    struct lw_scope_count sum = ledger__scope_count(ledger, 700);
    assert_int_equal(sum.entered, 40);
    assert_int_equal(sum.ended, 36);
    assert_int_equal(sum.failed, 8);
    assert_int_equal(sum.left, 4);
    assert_int_equal(sum.most, LW_LANES - 1);
    assert_int_equal(sum.ticks, 400);
    assert_int_equal(sum.durations[3], 20);
    assert_int_equal(sum.durations[LW_DURATIONS - 1], UINT32_MAX);
    assert_int_equal(ledger__scope_count(ledger, 701).entered, 0);
    assert_int_equal(ledger__scope_count(ledger, LW_OTHER).entered, 0);
    assert_int_equal(ledger__damaged(ledger), 0);
    ledger__close(ledger);
}

/* Killed between counting an end that failed and counting the end. */
static void counts_fit_each_other(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    *maker__scope_count(maker, 0, 1) = (struct lw_scope_count){.entered = 1, .ended = 2, .failed = 3, .left = 1};
    struct lw_leftover *leftover = maker__leftover(maker, maker__scope(maker, LW_SCOPE_NAMED, 0, "job"), 0, NULL);
    leftover->count = 5;
    leftover->later = 6;
    leftover->entries = 7;
    leftover->failed = 8;
    struct ledger *ledger = open_made(maker);
    struct lw_scope_count sum = ledger__scope_count(ledger, 1);
    assert_int_equal(sum.ended, 3);
    assert_int_equal(sum.entered, 3);
    assert_int_equal(ledger__leftover(ledger, 1)->later, 5);
    assert_int_equal(ledger__leftover(ledger, 1)->entries, 5);
    assert_int_equal(ledger__leftover(ledger, 1)->failed, 5);
    assert_int_equal(ledger__damaged(ledger), 0);
    ledger__close(ledger);
}

static double clock_rate(uint64_t ticks, uint64_t nanoseconds)
{
    struct maker *maker = maker__new();
    struct lw_header *header = maker__header(maker);
    header->clock_first = 5000;
    header->clock_last = header->clock_first + ticks;
    header->clock_first_time = 1000;
    header->clock_last_time = header->clock_first_time + nanoseconds;
    struct ledger *ledger = open_made(maker);
    double rate = ledger__clock_rate(ledger);
    ledger__close(ledger);
    return rate;
}

static void the_clock_has_a_rate_where_it_was_read_twice(void **state)
{
    (void)state;
    assert_true(clock_rate(6000000, 2000000) == 3e9);
    assert_true(clock_rate(24000000, 1000000000) == 24e6);
    assert_true(clock_rate(0, 0) == 0);
    assert_true(clock_rate(0, 1000) == 0);
    assert_true(clock_rate(1000, 0) == 0);
    assert_true(clock_rate((uint64_t)-100, 1000) == 0);
    assert_true(clock_rate(1, 1ULL << 60) == 0);
    assert_true(clock_rate(1ULL << 62, 1) == 0);
}

static void lines_of_interpreted_programs_have_a_name_and_no_module(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    uint32_t outer = maker__frame(maker, 0x1234, 0, 0);
    uint32_t line = maker__source(maker, 12, "load_user", "/srv/app.py", outer);
    struct ledger *ledger = open_made(maker);
    const struct lw_frame *frames[4];
    assert_int_equal(ledger__stack(ledger, line, frames, 4), 2);
    assert_true(frames[0]->address == LW_ADDRESS_SOURCE);
    assert_string_equal(ledger__name(ledger, frames[0]->module), "12\nload_user\n/srv/app.py");
    assert_int_equal(ledger__damaged(ledger), 0);
    ledger__close(ledger);
}

static bool keep_slot(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    assert_true(!is_handle && index == 3);
    *(struct lw_slot *)context = *slot;
    return true;
}

/* Details of 48 bytes and more end where a label of 64 bytes begins. */
static void labels_stand_behind_details(void **state)
{
    (void)state;
    static const char detail[] = "/a/path/of/forty/eight/bytes/and/not/one/more/ab",
                      label[] = "a label of sixty-four bytes, which is the longest that there is!";
    for (size_t length = 0; length <= LW_LABEL; length += LW_LABEL / 2) {
        struct maker *maker = maker__new();
        struct lw_slot *made = maker__fd(maker, 3, 0, LW_FD_FILE), slot;
        maker__detail(made, detail);
        maker__label(made, label + LW_LABEL - length);
        struct ledger *ledger = open_made(maker);
        ledger__slots(ledger, keep_slot, &slot);
        assert_int_equal(slot.label_length, length);
        assert_memory_equal(slot_label(&slot), label + LW_LABEL - length, length);
        assert_int_equal(slot.detail_length, strlen(detail));
        assert_memory_equal(slot.detail, detail, strlen(detail));
        assert_int_equal(ledger__damaged(ledger), 0);
        ledger__close(ledger);
    }
}

/* ---- Damaged */

static void labels_that_do_not_fit_are_none(void **state)
{
    (void)state;
    static const struct {
        uint16_t detail, label;
    } lengths[] = {{0, LW_LABEL + 1}, {LW_DETAIL, 1}, {100, 29}, {LW_DETAIL, UINT16_MAX}};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct maker *maker = maker__new();
        struct lw_slot *made = maker__fd(maker, 3, 0, LW_FD_FILE), slot;
        made->detail_length = lengths[i].detail;
        made->label_length = lengths[i].label;
        struct ledger *ledger = open_made(maker);
        ledger__slots(ledger, keep_slot, &slot);
        assert_int_equal(slot.label_length, 0);
        assert_int_equal(slot.detail_length, lengths[i].detail);
        assert_damage(ledger, "slot.label_length", lengths[i].label);
        ledger__close(ledger);
    }
}

/* A scope whose parent comes behind it, is itself, is lost, is nowhere, or is a thread: the process is around it. */
static void bad_parents_are_none(void **state)
{
    (void)state;
    enum { LATER = 4, SELF = 3, LOST = 2, NOWHERE = 99, THREAD = 1 };
    static const uint32_t parents[] = {LATER, SELF, LOST, NOWHERE, THREAD};
    for (size_t i = 0; i < sizeof parents / sizeof parents[0]; i++) {
        struct maker *maker = maker__new();
        maker__scope(maker, LW_SCOPE_THREAD, 0, NULL);
        uint32_t lost = maker__scope(maker, LW_SCOPE_NAMED, 0, "lost");
        memset(maker__element(maker, LW_SCOPES, lost), 0, sizeof(struct lw_scope));
        uint32_t bad = maker__scope(maker, LW_SCOPE_NAMED, 0, "bad");
        maker__scope(maker, LW_SCOPE_NAMED, bad, "later");
        ((struct lw_scope *)maker__element(maker, LW_SCOPES, bad))->parent = parents[i];
        struct ledger *ledger = open_made(maker);
        assert_damage(ledger, "scope.parent", parents[i]);
        assert_int_equal(ledger__scope(ledger, bad)->parent, 0);
        assert_int_equal(ledger__scope(ledger, bad)->depth, 1);
        ledger__close(ledger);
    }
}

/* The limit holds for what is read, too: a path of 150 scopes comes apart into three. */
static void paths_end(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    uint32_t scope = 0;
    for (unsigned i = 0; i < 150; i++)
        scope = maker__scope(maker, LW_SCOPE_NAMED, scope, "deeper");
    struct ledger *ledger = open_made(maker);
    for (uint32_t i = 1; i <= scope; i++) {
        uint32_t depth = 0;
        for (uint32_t at = i; at != 0; at = ledger__scope(ledger, at)->parent)
            depth++;
        assert_int_equal(ledger__scope(ledger, i)->depth, depth);
        assert_in_range(depth, 1, LW_SCOPE_DEPTH);
    }
    assert_int_equal(ledger__damaged(ledger), 2);
    ledger__close(ledger);
}

static void depths_follow_from_the_path(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    uint32_t outer = maker__scope(maker, LW_SCOPE_NAMED, 0, "outer");
    uint32_t inner = maker__scope(maker, LW_SCOPE_NAMED, outer, "inner");
    ((struct lw_scope *)maker__element(maker, LW_SCOPES, outer))->depth = 60;
    ((struct lw_scope *)maker__element(maker, LW_SCOPES, inner))->depth = UINT32_MAX;
    struct ledger *ledger = open_made(maker);
    assert_int_equal(ledger__scope(ledger, outer)->depth, 1);
    assert_int_equal(ledger__scope(ledger, inner)->depth, 2);
    assert_int_equal(ledger__damaged(ledger), 0);
    ledger__close(ledger);
}

static void a_folded_parent_is_believed_its_depth(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    uint32_t deep = maker__scope(maker, LW_SCOPE_NAMED, 0, "deep");
    struct lw_scope *made = maker__element(maker, LW_SCOPES, deep);
    made->parent = LW_OTHER;
    made->depth = 17;
    uint32_t inner = maker__scope(maker, LW_SCOPE_NAMED, deep, "inner");
    struct ledger *ledger = open_made(maker);
    assert_int_equal(ledger__scope(ledger, inner)->depth, 18);
    assert_int_equal(ledger__damaged(ledger), 0);
    ledger__close(ledger);
}

static void kinds_and_reasons_that_nobody_knows(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    uint32_t scope = maker__scope(maker, LW_SCOPE_FUNCTION + 1, 0, "from later");
    struct ledger *ledger = open_made(maker);
    assert_int_equal(ledger__scope(ledger, scope)->kind, LW_SCOPE_NAMED);
    assert_damage(ledger, "scope.kind", LW_SCOPE_FUNCTION + 1);
    ledger__close(ledger);
    maker = maker__new();
    maker__imbalance(maker, LW_OTHER, LW_ATTACHED_TWICE + 1, 0);
    ledger = open_made(maker);
    assert_null(ledger__imbalance(ledger, 1));
    assert_damage(ledger, "imbalance.reason", LW_ATTACHED_TWICE + 1);
    ledger__close(ledger);
}

/* Every number of every row, one after the other, leads nowhere. */
static void every_reference_is_followed(void **state)
{
    (void)state;
    static const struct {
        enum lw_table_id table;
        size_t offset;
        const char *what;
    } fields[] = {
        {LW_SCOPES, offsetof(struct lw_scope, name), "scope.name"},
        {LW_SCOPES, offsetof(struct lw_scope, module), "scope.module"},
        {LW_LEFTOVERS, offsetof(struct lw_leftover, site), "leftover.site"},
        {LW_LEFTOVERS, offsetof(struct lw_leftover, later_stack), "leftover.later_stack"},
        {LW_LEFTOVERS, offsetof(struct lw_leftover, later_call), "leftover.later_call"},
        {LW_DEPARTURES, offsetof(struct lw_departure, scope), "departure.scope"},
        {LW_DEPARTURES, offsetof(struct lw_departure, site), "departure.site"},
        {LW_DEPARTURES, offsetof(struct lw_departure, site[7]), "departure.site"},
        {LW_DEPARTURES, offsetof(struct lw_departure, failure_stack), "departure.failure_stack"},
        {LW_DEPARTURES, offsetof(struct lw_departure, failure_call), "departure.failure_call"},
        {LW_IMBALANCES, offsetof(struct lw_imbalance, scope), "imbalance.scope"},
        {LW_IMBALANCES, offsetof(struct lw_imbalance, stack), "imbalance.stack"},
        {LW_IMBALANCES, offsetof(struct lw_imbalance, begun), "imbalance.begun"},
        {LW_DISORDERS, offsetof(struct lw_disorder, site), "disorder.site"},
        {LW_DISORDERS, offsetof(struct lw_disorder, younger), "disorder.younger"},
        {LW_DISORDERS, offsetof(struct lw_disorder, stack), "disorder.stack"},
        {LW_DISORDERS, offsetof(struct lw_disorder, call), "disorder.call"},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        struct maker *maker = maker__everything();
        uint32_t *field = (void *)((char *)maker__element(maker, fields[i].table, 1) + fields[i].offset);
        *field = 4000;
        struct ledger *ledger = open_made(maker);
        assert_damage(ledger, fields[i].what, 4000);
        ledger__close(ledger);
    }
}

/* A leftover of a scope that is nowhere is left out, and the slot that is counted in it knows. */
static void a_leftover_of_no_scope_is_none(void **state)
{
    (void)state;
    struct maker *maker = maker__everything();
    ((struct lw_leftover *)maker__element(maker, LW_LEFTOVERS, 1))->scope = 4000;
    struct ledger *ledger = open_made(maker);
    assert_null(ledger__leftover(ledger, 1));
    assert_int_equal(ledger__damaged(ledger), 2);
    assert_string_equal(ledger__damage_note(ledger, 0)->what, "leftover.scope");
    assert_string_equal(ledger__damage_note(ledger, 1)->what, "slot.leftover");
    ledger__close(ledger);
}

static void lines_that_an_interpreter_was_at_stand_in_a_table(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    uint32_t outer = maker__line(maker, 3, "<module>", "/srv/app.py", 0);
    uint32_t line = maker__line(maker, 12, "User.load", "/srv/user.py", maker__frame(maker, 0x1234, 0, outer));
    struct ledger *ledger = open_made(maker);
    const struct lw_frame *frames[4];
    assert_int_equal(ledger__stack(ledger, line, frames, 4), 3);
    assert_true(lw_is_line(frames[0]) && !lw_is_line(frames[1]) && lw_is_line(frames[2]));
    const struct lw_line *row = ledger__line(ledger, frames[0]->module);
    assert_non_null(row);
    assert_string_equal(ledger__name(ledger, row->function), "User.load");
    assert_string_equal(ledger__name(ledger, row->file), "/srv/user.py");
    assert_int_equal(row->line, 12);
    assert_int_equal(row->language, LW_PYTHON);
    assert_int_equal(ledger__damaged(ledger), 0);
    ledger__close(ledger);
}

static void a_line_that_is_not_in_the_table_is_mended(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    uint32_t line = maker__line(maker, 3, "<module>", "/srv/app.py", 0);
    ((struct lw_frame *)maker__element(maker, LW_STACKS, line))->module = 77;
    struct ledger *ledger = open_made(maker);
    assert_damage(ledger, "frame.module", 77);
    ledger__close(ledger);
    maker = maker__new();
    line = maker__line(maker, 3, "<module>", "/srv/app.py", 0);
    ((struct lw_line *)maker__element(maker, LW_LINES, 1))->file = 77;
    ledger = open_made(maker);
    assert_damage(ledger, "line.file", 77);
    assert_non_null(ledger__line(ledger, 1));
    ledger__close(ledger);
}

/* What would be a sound number of a module is none of a name, and the other way round. */
static void a_line_without_its_text_is_mended(void **state)
{
    (void)state;
    struct maker *maker = maker__new();
    maker__module(maker, "/usr/bin/app", 0, 0x1000, 0x2000);
    maker__module(maker, "/usr/lib/libc.so.6", 0, 0x3000, 0x4000);
    uint32_t line = maker__source(maker, 1, "f", "f.py", 0);
    struct lw_frame *frame = maker__element(maker, LW_STACKS, line);
    frame->module = 77;
    struct ledger *ledger = open_made(maker);
    assert_damage(ledger, "frame.module", 77);
    ledger__close(ledger);
    maker = maker__new();
    line = maker__source(maker, 1, "f", "f.py", 0);
    frame = maker__element(maker, LW_STACKS, line);
    frame->address = 0x1234;
    ledger = open_made(maker);
    assert_damage(ledger, "frame.module", 1);
    ledger__close(ledger);
}

static void segments_of_counts_must_lie_in_the_file(void **state)
{
    (void)state;
    static const uint64_t nowhere[] = {8, 4096, 1ULL << 40, UINT64_MAX, UINT64_MAX - 7, 1000003};
    for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        struct maker *maker = maker__everything();
        maker__lane(maker, 63)->scopes[0] = nowhere[i];
        struct ledger *ledger = open_made(maker);
        assert_damage(ledger, "lane.scopes", nowhere[i]);
        assert_int_equal(ledger__scope_count(ledger, ledger__site(ledger, 1)->scope).entered, 600);
        ledger__close(ledger);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scopes_come_through),
        cmocka_unit_test(what_scopes_leave_comes_through),
        cmocka_unit_test(rows_lost_in_mid_insert_are_none),
        cmocka_unit_test(counts_of_all_lanes_are_added_up),
        cmocka_unit_test(counts_fit_each_other),
        cmocka_unit_test(the_clock_has_a_rate_where_it_was_read_twice),
        cmocka_unit_test(lines_of_interpreted_programs_have_a_name_and_no_module),
        cmocka_unit_test(lines_that_an_interpreter_was_at_stand_in_a_table),
        cmocka_unit_test(a_line_that_is_not_in_the_table_is_mended),
        cmocka_unit_test(labels_stand_behind_details),
        cmocka_unit_test(labels_that_do_not_fit_are_none),
        cmocka_unit_test(bad_parents_are_none),
        cmocka_unit_test(paths_end),
        cmocka_unit_test(depths_follow_from_the_path),
        cmocka_unit_test(a_folded_parent_is_believed_its_depth),
        cmocka_unit_test(kinds_and_reasons_that_nobody_knows),
        cmocka_unit_test(every_reference_is_followed),
        cmocka_unit_test(a_leftover_of_no_scope_is_none),
        cmocka_unit_test(a_line_without_its_text_is_mended),
        cmocka_unit_test(segments_of_counts_must_lie_in_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
