/* Texts that are kept once. */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "table.h"

struct entry {
    UT_hash_handle hh;
    char text[];
};

struct pool {
    struct entry *entries;
};

struct pool *pool__new(void)
{
    return heap__zeroed(1, sizeof(struct pool));
}

void pool__free(struct pool *pool)
{
    if (pool == NULL)
        return;
    struct entry *entry, *next;
    HASH_ITER(hh, pool->entries, entry, next) {
        HASH_DEL(pool->entries, entry);
        free(entry);
    }
    free(pool);
}

const char *pool__text(struct pool *pool, const char *text)
{
    struct entry *entry;
    if (text == NULL)
        return NULL;
    size_t length = strlen(text);
    HASH_FIND(hh, pool->entries, text, length, entry);
    if (entry != NULL)
        return entry->text;
    entry = heap__zeroed(1, sizeof(*entry) + length + 1);
    memcpy(entry->text, text, length);
    HASH_ADD_KEYPTR(hh, pool->entries, entry->text, length, entry);
    return entry->text;
}
