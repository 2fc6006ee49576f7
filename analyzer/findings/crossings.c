/* Descriptors that another program got because they were open without O_CLOEXEC: inherited-fd.
 *
 * DESIGN. The ledger has a row for each site, number and program. What is counted is descriptors, and not how often they
 * crossed nor into how many programs: all rows of one site and one number are one, which the first of them speaks for. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "inquiry.h"

enum { STANDARD_NUMBERS = 3 };

/* All rows of one site and number. */
struct crossed {
    const struct lw_crossing *first, *last; /* the last one: in time */
    uint64_t times;
    uint32_t programs;
};

static const char *later_text(struct inquiry *inquiry, const struct crossed *crossed)
{
    char text[LW_TEXT + 128];
    int length =
        snprintf(text, sizeof text, "crossed exec into %s", ledger__name(inquiry->ledger, crossed->first->program));
    if (crossed->programs > 1)
        length += snprintf(text + length, sizeof text - (size_t)length, " and %" PRIu32 " other program%s",
                           crossed->programs - 1, crossed->programs > 2 ? "s" : "");
    if (crossed->times > 1)
        snprintf(text + length, sizeof text - (size_t)length, ", %" PRIu64 " times", crossed->times);
    return pool__text(inquiry->pool, text);
}

static void add_crossed(struct inquiry *inquiry, const struct crossed *crossed)
{
    const struct lw_crossing *crossing = crossed->last;
    const struct finding_kind *kind = kinds__get(KIND_INHERITED_FD);
    const struct lw_site *site = ledger__site(inquiry->ledger, crossing->site);
    char detail[sizeof crossing->detail + 1];
    size_t length = strnlen(crossing->detail, sizeof crossing->detail);
    memcpy(detail, crossing->detail, length);
    detail[length] = '\0';
    struct tally_key key = {
        .kind = kind,
        .call = site ? inquiry__name(inquiry, site->call) : NULL,
        .scope = site ? inquiry__scope(inquiry, site->scope) : NULL,
        .later = later_text(inquiry, crossed),
        .stack = site ? stacks__number(inquiry->stacks, site->stack) : 0,
        .released = stacks__number(inquiry->stacks, crossing->stack),
        .level = kind->level,
    };
    if (key.stack == 0)
        key.elsewhere = inquiry->program;
    struct sighting sighting = {.process = inquiry->process,
                                .count = 1,
                                .id = crossing->number,
                                .has_id = true,
                                .detail = detail,
                                .age = inquiry__age(inquiry, crossing->last_time)};
    inquiry__add(inquiry, &key, crossing->kind, &sighting);
}

static int by_descriptor(const void *left, const void *right)
{
    const struct lw_crossing *a = *(const struct lw_crossing *const *)left,
                             *b = *(const struct lw_crossing *const *)right;
    if (a->site != b->site)
        return a->site < b->site ? -1 : 1;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return a->program < b->program ? -1 : a->program > b->program;
}

/* 0, 1 and 2 are made to be inherited. */
static size_t collect(const struct inquiry *inquiry, const struct lw_crossing **rows)
{
    size_t count = 0;
    for (uint32_t i = 1; i < ledger__count(inquiry->ledger, LW_CROSSINGS); i++) {
        const struct lw_crossing *crossing = ledger__crossing(inquiry->ledger, i);
        if (crossing != NULL && crossing->number >= STANDARD_NUMBERS)
            rows[count++] = crossing;
    }
    qsort(rows, count, sizeof(*rows), by_descriptor);
    return count;
}

static uint64_t key_of(uint32_t site, uint64_t number)
{
    return (uint64_t)site << 32 | (uint32_t)number;
}

static int compare_keys(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

struct crossed_list crossings__list(const struct inquiry *inquiry)
{
    const struct lw_crossing **rows = heap__zeroed(ledger__count(inquiry->ledger, LW_CROSSINGS), sizeof(*rows));
    struct crossed_list list = {.count = collect(inquiry, rows)};
    list.keys = heap__zeroed(list.count, sizeof(uint64_t));
    for (size_t i = 0; i < list.count; i++)
        list.keys[i] = key_of(rows[i]->site, rows[i]->number);
    if (list.count > 1)
        qsort(list.keys, list.count, sizeof(uint64_t), compare_keys);
    free(rows);
    return list;
}

bool crossings__tell_of(const struct crossed_list *list, const struct lw_slot *slot)
{
    const uint64_t key = key_of(slot->site, slot->handle);
    return lw_class(slot->kind) == LW_CLASS_FD && list->count > 0 &&
           bsearch(&key, list->keys, list->count, sizeof key, compare_keys) != NULL;
}

void crossings__look(struct inquiry *inquiry)
{
    const struct lw_crossing **rows = heap__zeroed(ledger__count(inquiry->ledger, LW_CROSSINGS), sizeof(*rows));
    size_t count = collect(inquiry, rows);
    for (size_t i = 0, end; i < count; i = end) {
        struct crossed crossed = {.first = rows[i], .last = rows[i]};
        for (end = i; end < count && rows[end]->site == rows[i]->site && rows[end]->number == rows[i]->number; end++) {
            crossed.times += rows[end]->count ? rows[end]->count : 1;
            crossed.programs++;
            if (rows[end]->last_time > crossed.last->last_time)
                crossed.last = rows[end];
        }
        add_crossed(inquiry, &crossed);
    }
    free(rows);
}
