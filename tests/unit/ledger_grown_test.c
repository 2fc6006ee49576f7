/* Rows, slots, lanes and samples may grow in a minor version: longer ones of a later version, and shorter ones of an
 * earlier one, are read as far as both know them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/dump/ledger.h"
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

/* All that is in it, but for the lines that tell of sizes; to be freed. */
static char *dump_of(struct maker *maker)
{
    char *text = NULL;
    size_t length;
    struct ledger *ledger = open_made(maker);
    assert_int_equal(ledger__damaged(ledger), 0);
    ledger_walk(ledger);
    FILE *out = open_memstream(&text, &length);
    dump__ledger(out, ledger);
    fclose(out);
    ledger__close(ledger);
    char *to = text;
    for (char *line = text, *next; *line; line = next) {
        next = line + strcspn(line, "\n") + 1;
        if (strncmp(line, "ledger ", 7) == 0 || strncmp(line, "header ", 7) == 0 || strncmp(line, "table ", 6) == 0)
            continue;
        memmove(to, line, (size_t)(next - line));
        to += next - line;
    }
    *to = 0;
    return text;
}

static void longer_rows_are_read(void **state)
{
    (void)state;
    char *ours = dump_of(maker__everything());
    static const uint32_t growths[] = {8, 16, 64, 1024};
    for (size_t i = 0; i < sizeof growths / sizeof growths[0]; i++) {
        maker__grow(growths[i]);
        char *grown = dump_of(maker__everything());
        maker__grow(0);
        assert_string_equal(grown, ours);
        free(grown);
    }
    free(ours);
}

/* ---- Shorter ones */

enum { LESS = 8 };

/* So many rows lose their last bytes: they are wiped, or, where `packed`, taken out. */
static void shorten(struct maker *maker, uint64_t offset, uint32_t size, uint64_t count, bool packed)
{
    unsigned char *rows = maker__at(maker, offset);
    for (uint64_t i = 0; offset != 0 && i < count; i++) {
        if (packed)
            memmove(rows + i * (size - LESS), rows + i * size, size - LESS);
        else
            memset(rows + i * size + size - LESS, 0, LESS);
    }
}

/* All but those of releases, which tell in their last bytes whether they are there. */
static void shorten_tables(struct maker *maker, bool packed)
{
    for (unsigned id = 0; id < LW_TABLES; id++) {
        struct lw_table *table = &maker__header(maker)->tables[id];
        if (id == LW_RELEASES)
            continue;
        for (unsigned k = 0; k < LW_SEGMENTS; k++)
            shorten(maker, table->segments[k], table->element_size, (uint64_t)table->first << k, packed);
        table->element_size -= packed ? LESS : 0;
    }
}

static void shorten_lanes(struct maker *maker, bool packed)
{
    const struct lw_header *header = maker__header(maker);
    for (unsigned i = 0; i < LW_LANES; i++) {
        if (header->lanes[i] == 0)
            continue;
        struct lw_lane *lane = maker__at(maker, header->lanes[i]);
        for (unsigned k = 0; k < LW_SEGMENTS; k++) {
            shorten(maker, lane->sites[k], header->site_count_size, (uint64_t)LW_SITE_COUNT_FIRST << k, packed);
            shorten(maker, lane->scopes[k], header->scope_count_size, (uint64_t)LW_SCOPE_COUNT_FIRST << k, packed);
        }
        lane->scopes[LW_SEGMENTS - 1] = packed ? UINT64_MAX : 0; /* not the lane's any more */
    }
}

static void shorten_slots(struct maker *maker, bool packed)
{
    const struct lw_header *header = maker__header(maker);
    for (unsigned g = 0; g < LW_HANDLE_GENERATIONS; g++)
        shorten(maker, header->handles.slots[g], header->slot_size, (LW_BUCKETS_FIRST << 2 * g) * LW_BUCKET, packed);
    for (unsigned i = 0; i < LW_FD_FANOUT * LW_FD_FANOUT * LW_FD_FANOUT; i++) {
        const struct lw_fd_node *high = header->fds[i >> 16] ? maker__at(maker, header->fds[i >> 16]) : NULL;
        const struct lw_fd_node *low =
            high && high->below[i >> 8 & 255] ? maker__at(maker, high->below[i >> 8 & 255]) : NULL;
        if (low)
            shorten(maker, low->below[i & 255], header->slot_size, LW_FD_LEAF, packed);
    }
}

static struct maker *shortened(bool packed)
{
    struct maker *maker = maker__everything();
    struct lw_header *header = maker__header(maker);
    shorten_tables(maker, packed);
    shorten_lanes(maker, packed);
    shorten_slots(maker, packed);
    shorten(maker, header->samples + header->samples_size, header->sample_size, LW_SAMPLES, packed);
    if (!packed)
        return maker;
    header->minor = LW_MINOR - 1;
    header->slot_size -= LESS;
    header->lane_size -= LESS;
    header->site_count_size -= LESS;
    header->scope_count_size -= LESS;
    header->sample_size -= LESS;
    return maker;
}

static void what_shorter_rows_lack_is_0(void **state)
{
    (void)state;
    char *wiped = dump_of(shortened(false)), *shorter = dump_of(shortened(true));
    assert_string_equal(shorter, wiped);
    free(wiped);
    free(shorter);
}

/* ---- Sizes that cannot be */

static uint64_t damaged(struct maker *maker)
{
    struct ledger *ledger = open_made(maker);
    ledger_walk(ledger);
    uint64_t damages = ledger__damaged(ledger);
    ledger__close(ledger);
    return damages;
}

static void this_version_has_its_own_sizes(void **state)
{
    (void)state;
    const size_t fields[] = {offsetof(struct lw_header, slot_size),       offsetof(struct lw_header, lane_size),
                             offsetof(struct lw_header, site_count_size), offsetof(struct lw_header, scope_count_size),
                             offsetof(struct lw_header, samples_size),    offsetof(struct lw_header, sample_size)};
    const uint32_t sizes[] = {1, 8, 4096, 1u << 31, UINT32_MAX};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
            struct maker *maker = maker__everything();
            memcpy((char *)maker__header(maker) + fields[i], &sizes[k], sizeof sizes[k]);
            assert_int_equal(damaged(maker), 1);
        }
}

static void no_version_has_rows_of_any_size(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 3, 20, 12345, 1u << 20, UINT32_MAX};
    for (int minor = LW_MINOR - 1; minor <= LW_MINOR + 1; minor++)
        for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
            struct maker *maker = maker__everything();
            struct lw_header *header = maker__header(maker);
            header->minor = (uint16_t)minor;
            for (unsigned id = 0; id < LW_TABLES; id++)
                header->tables[id].element_size = sizes[k];
            header->slot_size = header->lane_size = header->site_count_size = header->sample_size = sizes[k];
            assert_true(damaged(maker) > LW_TABLES);
        }
}

static void sizes_that_nobody_told_are_those_of_before(void **state)
{
    (void)state;
    char *ours = dump_of(maker__everything());
    struct maker *maker = maker__everything();
    struct lw_header *header = maker__header(maker);
    header->minor = 1;
    header->header_size = offsetof(struct lw_header, slot_size);
    memset(&header->slot_size, 0xff, sizeof *header - header->header_size); /* another block's bytes */
    char *before = dump_of(maker);
    assert_string_equal(before, ours);
    free(before);
    free(ours);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(longer_rows_are_read),
        cmocka_unit_test(what_shorter_rows_lack_is_0),
        cmocka_unit_test(this_version_has_its_own_sizes),
        cmocka_unit_test(no_version_has_rows_of_any_size),
        cmocka_unit_test(sizes_that_nobody_told_are_those_of_before),
    };
    return cmocka_run_group_tests_name("ledgers whose rows have grown", tests, NULL, NULL);
}
