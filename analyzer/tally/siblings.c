/* What became of all that was acquired by a stack, over all ledgers. */
#include "siblings.h"

#include <string.h>
#include <stdlib.h>

#include "base/heap.h"
#include "base/table.h"
#include "symbol/stacks.h"

struct release_key {
    const char *call;
    uint32_t acquired, released;
};

struct entry {
    struct release_key key;
    struct siblings_release release;
    UT_hash_handle hh;
};

struct family {
    const char *call; /* that acquired */
    uint64_t acquired;
    struct siblings_release *releases;
};

struct siblings {
    struct family *families; /* by stack */
    size_t count;
    struct entry *entries;
};

struct siblings *siblings__new(void)
{
    return heap__zeroed(1, sizeof(struct siblings));
}

void siblings__free(struct siblings *siblings)
{
    if (siblings == NULL)
        return;
    struct entry *entry, *next;
    HASH_ITER(hh, siblings->entries, entry, next) {
        HASH_DEL(siblings->entries, entry);
        free(entry);
    }
    free(siblings->families);
    free(siblings);
}

static struct family *family_of(struct siblings *siblings, uint32_t stack)
{
    if (stack >= siblings->count) {
        size_t count = 2 * ((size_t)stack + 1);
        siblings->families = heap__resized(siblings->families, count, sizeof(struct family));
        memset(siblings->families + siblings->count, 0, (count - siblings->count) * sizeof(struct family));
        siblings->count = count;
    }
    return &siblings->families[stack];
}

void siblings__acquired(struct siblings *siblings, uint32_t stack, const char *call, uint64_t count)
{
    struct family *family = family_of(siblings, stack);
    family->call = call;
    family->acquired += count;
}

void siblings__released(struct siblings *siblings, uint32_t stack, uint32_t by, const char *call, uint64_t count)
{
    struct release_key key = {.call = call, .acquired = stack, .released = by};
    struct entry *entry;
    HASH_FIND(hh, siblings->entries, &key, sizeof(key), entry);
    if (entry == NULL) {
        struct family *family = family_of(siblings, stack);
        entry = heap__zeroed(1, sizeof(*entry));
        entry->key = key;
        entry->release = (struct siblings_release){.call = call, .stack = by, .next = family->releases};
        family->releases = &entry->release;
        HASH_ADD(hh, siblings->entries, key, sizeof(key), entry);
    }
    entry->release.count += count;
}

uint64_t siblings__count(const struct siblings *siblings, uint32_t stack)
{
    return stack < siblings->count ? siblings->families[stack].acquired : 0;
}

const struct siblings_release *siblings__releases(const struct siblings *siblings, uint32_t stack)
{
    return stack < siblings->count ? siblings->families[stack].releases : NULL;
}

bool siblings__has_copy(const struct siblings *siblings, uint32_t stack, struct stacks *stacks, bool given_back)
{
    const char *call = stack < siblings->count ? siblings->families[stack].call : NULL;
    for (uint32_t other = 1; other < siblings->count; other++) {
        const struct family *family = &siblings->families[other];
        if (family->acquired > 0 && family->call == call && (!given_back || family->releases != NULL) &&
            stacks__are_copies(stacks, stack, other))
            return true;
    }
    return false;
}
