/* Verdicts that were reached before. */
#include "judged.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "base/table.h"

enum { WORDS = 2 }; /* of a return address, in a key that has no padding */

struct entry {
    struct callsite_verdict verdict;
    UT_hash_handle hh;
    size_t count;
    uint64_t key[];
};

struct judged {
    struct pool *pool;
    struct entry *entries;
};

struct judged *judged__new(struct pool *pool)
{
    struct judged *judged = heap__zeroed(1, sizeof(*judged));
    judged->pool = pool;
    return judged;
}

void judged__free(struct judged *judged)
{
    struct entry *entry, *next;
    if (judged == NULL)
        return;
    HASH_ITER(hh, judged->entries, entry, next) {
        HASH_DEL(judged->entries, entry);
        free(entry);
    }
    free(judged);
}

static size_t make_key(uint64_t *key, const struct callsite_frame *frames, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        key[WORDS * i] = frames[i].module;
        key[WORDS * i + 1] = frames[i].offset;
    }
    return count * WORDS * sizeof(*key);
}

static struct entry *find(const struct judged *judged, const uint64_t *key, size_t size)
{
    struct entry *entry;
    HASH_FIND(hh, judged->entries, key, size, entry);
    return entry;
}

bool judged__find(const struct judged *judged, const struct callsite_frame *frames, size_t count,
                  struct callsite_verdict *verdict)
{
    uint64_t key[WORDS * JUDGED_CALLERS];
    if (count == 0 || count > JUDGED_CALLERS)
        return false;
    const struct entry *entry = find(judged, key, make_key(key, frames, count));
    if (entry != NULL)
        *verdict = entry->verdict;
    return entry != NULL;
}

void judged__add(struct judged *judged, const struct callsite_frame *frames, size_t count,
                 const struct callsite_verdict *verdict)
{
    uint64_t key[WORDS * JUDGED_CALLERS];
    if (count == 0 || count > JUDGED_CALLERS)
        return;
    size_t size = make_key(key, frames, count);
    if (find(judged, key, size) != NULL)
        return;
    struct entry *entry = heap__zeroed(1, sizeof(*entry) + size);
    entry->verdict = *verdict;
    entry->verdict.how = pool__text(judged->pool, verdict->how);
    entry->verdict.callee = pool__text(judged->pool, verdict->callee);
    entry->count = count;
    memcpy(entry->key, key, size);
    HASH_ADD(hh, judged->entries, key, (unsigned)size, entry);
}

void judged__each(const struct judged *judged, judged_visit *visit, void *context)
{
    struct callsite_frame frames[JUDGED_CALLERS];
    for (const struct entry *entry = judged->entries; entry != NULL; entry = entry->hh.next) {
        for (size_t i = 0; i < entry->count; i++)
            frames[i] =
                (struct callsite_frame){.module = (uint32_t)entry->key[WORDS * i], .offset = entry->key[WORDS * i + 1]};
        visit(context, frames, entry->count, &entry->verdict);
    }
}
