/* The tables of a ledger: where their elements lie, and which of them are there. */
#include <string.h>

#include "private.h"

/* What an element must have to count as published; otherwise it was lost in mid-insert. */
static const struct shape {
    const char *name;
    uint32_t size;
    uint32_t published; /* offset of the field that is not 0 then */
    uint32_t width;     /* of that field */
} shapes[LW_TABLES] = {
#define LW_TABLE(id, noun, plural, since, first, cap, field, key)                                                      \
    {#plural, sizeof(struct lw_##noun), offsetof(struct lw_##noun, field), sizeof(((struct lw_##noun *)0)->field)},
#include "leakwatch/tables.def"
};

/* ---- Where elements lie */

/* Notes the segments that are there; returns one more than the highest number that lies in one. */
static uint64_t map_segments(struct ledger *ledger, enum lw_table_id id, const struct lw_table *raw)
{
    struct table *table = &ledger->tables[id];
    uint64_t base = 0, end = 1;
    for (unsigned k = 0; k < LW_SEGMENTS; k++) {
        uint64_t length = (uint64_t)raw->first << k;
        uint64_t present = snapshot__present(ledger, raw->segments[k], raw->element_size, length);
        if (present > 0) {
            table->segments[k].present = present > UINT32_MAX ? UINT32_MAX : (uint32_t)present;
            end = base + present;
        }
        if (present < length && raw->segments[k] != 0 && base < raw->count)
            ledger__dangling(ledger, shapes[id].name, k, raw->segments[k]);
        base += length;
    }
    return end;
}

/* Of elements that are counted; the rest of a segment is not looked at. */
static void lay_segments(struct ledger *ledger, enum lw_table_id id, const struct lw_table *raw)
{
    struct table *table = &ledger->tables[id];
    uint64_t base = 0;
    for (unsigned k = 0; k < LW_SEGMENTS && base < table->count; base += (uint64_t)table->first << k++) {
        struct segment *segment = &table->segments[k];
        if (segment->present > table->count - base)
            segment->present = table->count - (uint32_t)base;
        if (segment->present > 0)
            segment->rows = rows__lay(ledger, raw->segments[k], raw->element_size, shapes[id].size, segment->present);
        if (!segment->rows.first)
            segment->present = 0;
    }
}

/* What is published must lie in what they have. */
static bool elements_are_sound(const struct ledger *ledger, enum lw_table_id id, uint32_t size)
{
    return rows__are_sound(ledger, size, shapes[id].size) && size >= shapes[id].published + shapes[id].width;
}

static void map_table(struct ledger *ledger, enum lw_table_id id)
{
    const struct lw_table *raw = &ledger->header.tables[id];
    struct table *table = &ledger->tables[id];
    *table = (struct table){.count = 1, .first = 1};
    if (raw->count <= 1 || shapes[id].size == 0)
        return;
    if (!elements_are_sound(ledger, id, raw->element_size) || raw->first == 0 || (raw->first & (raw->first - 1)) != 0) {
        ledger__damage(ledger, shapes[id].name, raw->first, raw->element_size);
        return;
    }
    table->first = raw->first;
    uint64_t count = map_segments(ledger, id, raw);
    /* A writer that finds its table full still counts on; what it counts has no element. */
    uint64_t claimed = raw->count < raw->cap ? raw->count : raw->cap;
    if (claimed < count)
        count = claimed;
    /* Elements are never all zero, so they cannot lie in holes: this bounds the walk through a file of holes. */
    uint64_t most = ledger->data / raw->element_size + 1;
    if (count > most) {
        ledger__damage(ledger, shapes[id].name, 0, count);
        count = most;
    }
    table->count = count > LW_OTHER ? LW_OTHER : count == 0 ? 1 : (uint32_t)count;
    lay_segments(ledger, id, raw);
}

void tables__map(struct ledger *ledger)
{
    for (unsigned id = 0; id < LW_TABLES; id++)
        map_table(ledger, id);
}

void *tables__element(const struct ledger *ledger, enum lw_table_id id, uint32_t number)
{
    const struct table *table = &ledger->tables[id];
    if (number == 0 || number >= table->count)
        return NULL;
    uint64_t rank = (uint64_t)number / table->first + 1;
    unsigned k = 63u - (unsigned)__builtin_clzll(rank);
    if (k >= LW_SEGMENTS)
        return NULL;
    const struct segment *segment = &table->segments[k];
    uint64_t index = number - table->first * ((1ULL << k) - 1);
    return index < segment->present ? rows__at(segment->rows, index) : NULL;
}

void *tables__published(const struct ledger *ledger, enum lw_table_id id, uint32_t number)
{
    unsigned char *element = tables__element(ledger, id, number);
    static const unsigned char none[8];
    if (!element || memcmp(element + shapes[id].published, none, shapes[id].width) == 0)
        return NULL;
    return element;
}

bool tables__leads(const struct ledger *ledger, enum lw_table_id id, uint32_t number)
{
    return number == 0 || number == LW_OTHER || tables__published(ledger, id, number);
}

/* ---- What others see */

uint32_t ledger__count(const struct ledger *ledger, enum lw_table_id table)
{
    return (unsigned)table < LW_TABLES ? ledger->tables[table].count : 1;
}

const struct lw_name *ledger__name_record(const struct ledger *ledger, uint32_t number)
{
    return tables__element(ledger, LW_NAMES, number);
}

size_t ledger__stack(const struct ledger *ledger, uint32_t stack, const struct lw_frame **frames, size_t room)
{
    size_t count = 0;
    while (count < room) {
        const struct lw_frame *frame = tables__published(ledger, LW_STACKS, stack);
        if (!frame)
            break;
        frames[count++] = frame;
        if (frame->parent >= stack) /* only where mending something else broke it: see private.h */
            break;
        stack = frame->parent;
    }
    return count;
}
