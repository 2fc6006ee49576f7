/* The ledger's tables: elements in segments, found by content through append-only indexes, without a lock. */
#include <string.h>

#include "ledger.h"

static const struct {
    uint32_t element_size, first, cap;
} shapes[LW_TABLES] = {
    [LW_NAMES] = {sizeof(struct lw_name), 32, 65536},
    [LW_MODULES] = {sizeof(struct lw_module), 16, 4096},
    [LW_STACKS] = {sizeof(struct lw_frame), 256, 1u << 20},
    [LW_SCOPES] = {sizeof(struct lw_scope), 16, LW_SCOPE_CAP},
    [LW_SITES] = {sizeof(struct lw_site), 64, 131072},
    [LW_RELEASES] = {sizeof(struct lw_release), 64, 262144},
    [LW_FAILURES] = {sizeof(struct lw_failure), 16, 16384},
    [LW_CROSSINGS] = {sizeof(struct lw_crossing), 16, 4096},
    [LW_MISUSES] = {sizeof(struct lw_misuse), 8, 4096},
    [LW_LEFTOVERS] = {sizeof(struct lw_leftover), 8, 16384},
    [LW_DEPARTURES] = {sizeof(struct lw_departure), 8, 16384},
    [LW_IMBALANCES] = {sizeof(struct lw_imbalance), 8, 4096},
    [LW_DISORDERS] = {sizeof(struct lw_disorder), 16, 4096},
};

void lw_tables_begin(struct lw_header *header)
{
    for (uint32_t i = 0; i < LW_TABLES; i++) {
        header->tables[i].element_size = shapes[i].element_size;
        header->tables[i].first = shapes[i].first;
        header->tables[i].cap = shapes[i].cap;
        header->tables[i].count = 1;
    }
}

static struct lw_table *table_of(enum lw_table_id id)
{
    return &lw_header()->tables[id];
}

/* Which segment holds the element, and where in it. */
static uint32_t segment_of(uint32_t first, uint32_t number, uint32_t *position)
{
    uint32_t segment = 31u - (uint32_t)__builtin_clz(number / first + 1);
    *position = number - first * ((1u << segment) - 1);
    return segment;
}

static void *element_made(enum lw_table_id id, uint32_t number)
{
    uint32_t position, segment = segment_of(shapes[id].first, number, &position);
    size_t size = shapes[id].element_size;
    uint8_t *start = lw_block_at(&table_of(id)->segments[segment], size * ((size_t)shapes[id].first << segment));
    return start ? start + size * position : NULL;
}

void *lw_element_of(struct lw_map *map, enum lw_table_id id, uint32_t number)
{
    if (number == 0 || number >= shapes[id].cap)
        return NULL;
    uint32_t position, segment = segment_of(shapes[id].first, number, &position), size = shapes[id].element_size;
    uint64_t start = __atomic_load_n(&lw_header_of(map)->tables[id].segments[segment], __ATOMIC_ACQUIRE);
    return start ? lw_at(map, start + (uint64_t)size * position, size) : NULL;
}

void *lw_element(enum lw_table_id id, uint32_t number)
{
    return lw_element_of(&lw_map, id, number);
}

/* The number of a new element, and where it is; 0: no room. */
static uint32_t reserve(enum lw_table_id id, void **element)
{
    struct lw_table *table = table_of(id);
    uint32_t count = __atomic_load_n(&table->count, __ATOMIC_RELAXED);
    do {
        if (count >= shapes[id].cap)
            return 0;
    } while (!__atomic_compare_exchange_n(&table->count, &count, count + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    *element = element_made(id, count);
    return *element ? count : 0;
}

/* What was filled and found no place in the index must not be read: it would stand in the table a second time. */
static void give_up(enum lw_table_id id, void *element)
{
    if (element)
        memset(element, 0, shapes[id].element_size);
}

/* An index entry that is 0 ends the search: everything with this hash was put at the first free entry on its way, and
 * nothing is ever taken out. So that entry is also where two threads that bring the same key meet. */
uint32_t lw_intern(enum lw_table_id id, uint64_t hash, lw_same *same, lw_fill *fill, const void *key)
{
    struct lw_table *table = table_of(id);
    uint32_t mine = 0, entries = LW_INDEX_FIRST;
    void *made = NULL;
    for (uint32_t generation = 0; generation < LW_GENERATIONS; generation++, entries *= 4) {
        uint32_t *index = lw_block_at(&table->index[generation], entries * sizeof *index);
        if (!index)
            break;
        for (uint32_t step = 0; step < LW_INDEX_WINDOW; step++) {
            uint32_t *entry = &index[(hash + step) & (entries - 1)];
            uint32_t there = __atomic_load_n(entry, __ATOMIC_ACQUIRE);
            if (!there) {
                if (!mine && !(mine = reserve(id, &made)))
                    goto full;
                fill(made, key);
                if (__atomic_compare_exchange_n(entry, &there, mine, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
                    return mine;
            }
            const void *element = lw_element(id, there);
            if (element && same(element, key)) {
                give_up(id, made);
                return there;
            }
        }
    }
full:
    give_up(id, made);
    __atomic_fetch_add(&table->folded, 1, __ATOMIC_RELAXED);
    return LW_OTHER;
}

/* As intern goes, but an index that does not exist yet, or an entry that is empty, ends it. */
uint32_t lw_lookup(enum lw_table_id id, uint64_t hash, lw_same *same, const void *key)
{
    const struct lw_table *table = table_of(id);
    uint32_t entries = LW_INDEX_FIRST;
    for (uint32_t generation = 0; generation < LW_GENERATIONS; generation++, entries *= 4) {
        uint64_t place = __atomic_load_n(&table->index[generation], __ATOMIC_ACQUIRE);
        const uint32_t *index = lw_at(&lw_map, place, entries * sizeof *index);
        for (uint32_t step = 0; index && step < LW_INDEX_WINDOW; step++) {
            uint32_t there = __atomic_load_n(&index[(hash + step) & (entries - 1)], __ATOMIC_ACQUIRE);
            const void *element = there ? lw_element(id, there) : NULL;
            if (!there)
                return 0;
            if (element && same(element, key))
                return there;
        }
    }
    return 0;
}

/* ---- Names ---- */

struct name_key {
    const char *text;
    uint32_t length, hash, next;
};

static bool same_name(const void *element, const void *key)
{
    const struct lw_name *name = element;
    const struct name_key *wanted = key;
    size_t here = wanted->length < LW_NAME_TEXT ? wanted->length : LW_NAME_TEXT;
    return name->hash == wanted->hash && name->length == wanted->length && name->next == wanted->next &&
           memcmp(name->text, wanted->text, here) == 0;
}

static void fill_name(void *element, const void *key)
{
    struct lw_name *name = element;
    const struct name_key *wanted = key;
    memcpy(name->text, wanted->text, wanted->length < LW_NAME_TEXT ? wanted->length : LW_NAME_TEXT);
    name->next = wanted->next;
    name->length = wanted->length;
    __atomic_store_n(&name->hash, wanted->hash, __ATOMIC_RELEASE);
}

static uint32_t fnv1a(const char *text, size_t length)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)text[i]) * 16777619u;
    return hash ? hash : 1;
}

/* A long name is a chain, its tail interned first. */
uint32_t lw_name(const char *text, size_t length)
{
    uint32_t next = 0;
    size_t at = length > 4096 ? 4096 : length;
    do {
        size_t piece = at == 0 ? 0 : (at - 1) % LW_NAME_TEXT + 1;
        at -= piece;
        struct name_key key = {text + at, (uint32_t)(length - at), 0, next};
        key.hash = fnv1a(key.text, key.length);
        next = lw_intern(LW_NAMES, lw_hash2(key.hash, next), same_name, fill_name, &key);
        if (next == LW_OTHER)
            return LW_OTHER;
    } while (at > 0);
    return next;
}

void lw_name_copy(char *to, size_t room, uint32_t number)
{
    size_t at = 0;
    const struct lw_name *name = lw_element(LW_NAMES, number);
    for (; name && at + 1 < room; name = lw_element(LW_NAMES, name->next)) {
        size_t piece = name->length < LW_NAME_TEXT ? name->length : LW_NAME_TEXT;
        piece = piece < room - 1 - at ? piece : room - 1 - at;
        memcpy(to + at, name->text, piece);
        at += piece;
    }
    to[at] = 0;
}
