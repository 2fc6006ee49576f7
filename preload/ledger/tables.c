/* The ledger's tables: elements in segments, found by content through append-only indexes, without a lock. */
#include <string.h>

#include "bucket.h"
#include "ledger.h"

#define LW_TABLE(id, noun, plural, since, start, limit, ...)                                                           \
    _Static_assert((limit) <= LW_TABLE_LIMIT, "the numbers of " #plural " must fit an entry of their index");
#include "leakwatch/tables.def"

struct key {
    uint32_t size;            /* of its first part, which stands first */
    uint32_t more, more_size; /* where the second part stands */
};
#define LW_ALL(noun)                                                                                                   \
    {                                                                                                                  \
        sizeof(struct lw_##noun), 0, 0                                                                                 \
    }
#define LW_UNTIL(noun, field)                                                                                          \
    {                                                                                                                  \
        offsetof(struct lw_##noun, field), 0, 0                                                                        \
    }
#define LW_WITHOUT(noun, from, to)                                                                                     \
    {                                                                                                                  \
        offsetof(struct lw_##noun, from), offsetof(struct lw_##noun, to),                                              \
            sizeof(struct lw_##noun) - offsetof(struct lw_##noun, to)                                                  \
    }

static const struct {
    uint32_t element_size, first, cap;
    uint32_t published, width; /* the field that is written last */
    struct key key;
} shapes[LW_TABLES] = {
#define LW_TABLE(id, noun, plural, since, start, limit, field, key)                                                    \
    {sizeof(struct lw_##noun),                                                                                         \
     start,                                                                                                            \
     limit,                                                                                                            \
     offsetof(struct lw_##noun, field),                                                                                \
     sizeof(((struct lw_##noun *)0)->field),                                                                           \
     key},
#include "leakwatch/tables.def"
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

/* Which segment holds the element, and where in it. `first` is a power of two. */
static uint32_t segment_of(uint32_t first, uint32_t number, uint32_t *position)
{
    uint32_t segment = 31u - (uint32_t)__builtin_clz((number >> __builtin_ctz(first)) + 1);
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

/* The number of a new element, and where it is; 0: no room. Inline: what is below a hook's stack counts. */
static inline __attribute__((always_inline)) uint32_t reserve(enum lw_table_id id, void **element)
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

uint32_t lw_append(enum lw_table_id id, void **element)
{
    uint32_t number = reserve(id, element);
    if (!number)
        __atomic_fetch_add(&table_of(id)->folded, 1, __ATOMIC_RELAXED);
    return number;
}

/* What was filled and found no place in the index must not be read: it would stand in the table a second time. */
static void give_up(enum lw_table_id id, void *element)
{
    if (element)
        memset(element, 0, shapes[id].element_size);
}

typedef uint64_t __attribute__((may_alias, aligned(1))) word;

/* Most of what is looked at is another one, and differs in its first words. */
static inline bool are_equal(const uint8_t *one, const uint8_t *other, uint32_t size)
{
    for (; size >= sizeof(word); one += sizeof(word), other += sizeof(word), size -= (uint32_t)sizeof(word))
        if (*(const word *)one != *(const word *)other)
            return false;
    return memcmp(one, other, size) == 0;
}

static inline bool is_same(const uint8_t *element, const uint8_t *row, const struct key *key)
{
    return are_equal(element, row, key->size) &&
           (!key->more_size || are_equal(element + key->more, row + key->more, key->more_size));
}

/* In a process that is killed meanwhile, and under a reader's eyes, it is there or not. */
static void fill(enum lw_table_id id, uint8_t *element, const uint8_t *row)
{
    uint32_t at = shapes[id].published, behind = at + shapes[id].width;
    memcpy(element, row, at);
    memcpy(element + behind, row + behind, shapes[id].element_size - behind);
    if (shapes[id].width == sizeof(uint32_t))
        __atomic_store_n((uint32_t *)(void *)(element + at), *(const uint32_t *)(const void *)(row + at),
                         __ATOMIC_RELEASE);
    else
        __atomic_store_n((uint64_t *)(void *)(element + at), *(const uint64_t *)(const void *)(row + at),
                         __ATOMIC_RELEASE);
}

/* ---- The index ---- */

static inline bool is_at(enum lw_table_id id, uint32_t entry, const void *row, const struct key *key)
{
    const void *element = lw_element(id, entry & LW_ENTRY_NUMBER);
    return element && is_same(element, row, key);
}

static uint32_t seek_among(enum lw_table_id id, const struct lw_bucket *bucket, uint32_t bits, const void *row,
                           const struct key *key)
{
    for (; bits; bits &= bits - 1) {
        uint32_t entry = bucket->entry[__builtin_ctz(bits)];
        if (is_at(id, entry, row, key))
            return entry & LW_ENTRY_NUMBER;
    }
    return 0;
}

/* The number of the row's element; 0: it is not in this bucket, of which the first free entry is *end. Inline, as most
 * buckets on the way are full, and have nothing like it: where the last of them is older than what the row refers to, not
 * even one to be looked at. (Who took a number and filled that entry much later makes us overlook one that stands before
 * it. Then the row stands in the table twice, and is the same to all readers.) */
static inline __attribute__((always_inline)) uint32_t seek(enum lw_table_id id, const struct lw_bucket *bucket,
                                                           uint32_t tag, const void *row, const struct key *key,
                                                           uint32_t after, uint32_t *end)
{
    *end = LW_INDEX_WINDOW;
    uint32_t last = __atomic_load_n(&bucket->entry[LW_INDEX_WINDOW - 1], __ATOMIC_ACQUIRE);
    if (last) {
        if ((last & LW_ENTRY_NUMBER) < after)
            return 0;
        uint32_t candidates = lw_bucket_candidates(bucket, tag);
        return candidates ? seek_among(id, bucket, candidates, row, key) : 0;
    }
    for (uint32_t step = 0; step < LW_INDEX_WINDOW; step++) {
        uint32_t entry = __atomic_load_n(&bucket->entry[step], __ATOMIC_ACQUIRE);
        if (!entry) {
            *end = step;
            return 0;
        }
        if ((entry & LW_ENTRY_TAG) == tag && is_at(id, entry, row, key))
            return entry & LW_ENTRY_NUMBER;
    }
    return 0;
}

/* Everything with this hash was put at the first free entry on its way. So that entry is also where two threads that bring
 * the same key meet. */
static uint32_t intern(enum lw_table_id id, uint64_t hash, const void *row, const struct key *key, uint32_t after)
{
    struct lw_table *table = table_of(id);
    const struct lw_way way = lw_way_of(hash);
    uint32_t mine = 0, buckets = LW_INDEX_FIRST / LW_INDEX_WINDOW, end;
    void *made = NULL;
    for (uint32_t generation = 0; generation < LW_GENERATIONS; generation++, buckets *= 4) {
        struct lw_bucket *index = lw_block_at(&table->index[generation], buckets * sizeof *index);
        if (!index)
            break;
        struct lw_bucket *bucket = &index[lw_way_into(&way, buckets)];
        for (;;) {
            uint32_t there = seek(id, bucket, way.tag, row, key, after, &end), nothing = 0;
            if (there) {
                give_up(id, made);
                return there;
            }
            if (end == LW_INDEX_WINDOW)
                break;
            if (!mine && !(mine = reserve(id, &made)))
                goto full;
            fill(id, made, row);
            if (__atomic_compare_exchange_n(&bucket->entry[end], &nothing, way.tag | mine, false, __ATOMIC_ACQ_REL,
                                            __ATOMIC_RELAXED))
                return mine;
        }
    }
full:
    give_up(id, made);
    __atomic_fetch_add(&table->folded, 1, __ATOMIC_RELAXED);
    return LW_OTHER;
}

uint32_t lw_intern(enum lw_table_id id, uint64_t hash, const void *row)
{
    return intern(id, hash, row, &shapes[id].key, 0);
}

uint32_t lw_intern_after(enum lw_table_id id, uint64_t hash, const void *row, uint32_t after)
{
    return intern(id, hash, row, &shapes[id].key, after);
}

uint32_t lw_intern_by(enum lw_table_id id, uint64_t hash, const void *row, uint32_t key_size)
{
    return intern(id, hash, row, &(struct key){key_size, 0, 0}, 0);
}

/* As intern goes, but an index that does not exist yet, or an entry that is empty, ends it. */
uint32_t lw_lookup(enum lw_table_id id, uint64_t hash, const void *row)
{
    const struct lw_table *table = table_of(id);
    const struct lw_way way = lw_way_of(hash);
    uint32_t buckets = LW_INDEX_FIRST / LW_INDEX_WINDOW, there = 0, end = LW_INDEX_WINDOW;
    for (uint32_t generation = 0; generation < LW_GENERATIONS && !there && end == LW_INDEX_WINDOW;
         generation++, buckets *= 4) {
        uint64_t place = __atomic_load_n(&table->index[generation], __ATOMIC_ACQUIRE);
        const struct lw_bucket *index = lw_at(&lw_map, place, buckets * sizeof *index);
        if (!index)
            return 0;
        there = seek(id, &index[lw_way_into(&way, buckets)], way.tag, row, &shapes[id].key, 0, &end);
    }
    return there;
}

/* ---- Names ---- */

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
        struct lw_name name = {.next = next, .length = (uint32_t)(length - at)};
        name.hash = fnv1a(text + at, name.length);
        memcpy(name.text, text + at, piece);
        next = lw_intern(LW_NAMES, lw_hash2(name.hash, next), &name);
        if (next == LW_OTHER)
            return LW_OTHER;
    } while (at > 0);
    return next;
}

size_t lw_name_copy_of(struct lw_map *map, char *to, size_t room, uint32_t number)
{
    size_t at = 0;
    const struct lw_name *name = lw_element_of(map, LW_NAMES, number);
    for (; name && at + 1 < room; name = lw_element_of(map, LW_NAMES, name->next)) {
        size_t piece = name->length < LW_NAME_TEXT ? name->length : LW_NAME_TEXT;
        piece = piece < room - 1 - at ? piece : room - 1 - at;
        memcpy(to + at, name->text, piece);
        at += piece;
    }
    to[at] = 0;
    return at;
}

void lw_name_copy(char *to, size_t room, uint32_t number)
{
    lw_name_copy_of(&lw_map, to, room, number);
}
