/* What became of all of one class that was acquired by a stack, over all ledgers. */
#include "siblings.h"

#include <string.h>
#include <stdlib.h>

#include "base/heap.h"
#include "base/table.h"
#include "symbol/stacks.h"

struct release_key {
    const char *call;
    uint32_t family, released;
};

struct entry {
    struct release_key key;
    struct siblings_release release;
    UT_hash_handle hh;
};

struct family {
    const char *call;   /* that acquired */
    const char *scope;  /* of the first that was acquired */
    bool is_of_several; /* scopes */
    uint64_t acquired;
    struct siblings_release *releases;
};

struct siblings {
    struct family *families; /* by number */
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

enum { CLASSES = SIBLINGS_FAMILIES };

uint32_t siblings__family(uint32_t stack, uint32_t kind)
{
    return stack * CLASSES + lw_class(kind);
}

static struct family *family_of(struct siblings *siblings, uint32_t number)
{
    if (number >= siblings->count) {
        size_t count = 2 * ((size_t)number + 1);
        siblings->families = heap__resized(siblings->families, count, sizeof(struct family));
        memset(siblings->families + siblings->count, 0, (count - siblings->count) * sizeof(struct family));
        siblings->count = count;
    }
    return &siblings->families[number];
}

void siblings__acquired(struct siblings *siblings, uint32_t family, const char *call, const char *scope, uint64_t count)
{
    struct family *own = family_of(siblings, family);
    if (count > 0) {
        own->is_of_several = own->is_of_several || (own->acquired > 0 && own->scope != scope);
        own->scope = scope;
    }
    own->call = call;
    own->acquired += count;
}

void siblings__released(struct siblings *siblings, uint32_t family, uint32_t by, const char *call, uint64_t count)
{
    struct release_key key = {.call = call, .family = family, .released = by};
    struct entry *entry;
    HASH_FIND(hh, siblings->entries, &key, sizeof(key), entry);
    if (entry == NULL) {
        struct family *own = family_of(siblings, family);
        entry = heap__zeroed(1, sizeof(*entry));
        entry->key = key;
        entry->release = (struct siblings_release){.call = call, .stack = by, .next = own->releases};
        own->releases = &entry->release;
        HASH_ADD(hh, siblings->entries, key, sizeof(key), entry);
    }
    entry->release.count += count;
}

bool siblings__are_of_others(const struct siblings *siblings, uint32_t family, const char *scope)
{
    const struct family *own = family < siblings->count ? &siblings->families[family] : NULL;
    return own != NULL && own->acquired > 0 && (own->is_of_several || own->scope != scope);
}

uint64_t siblings__count(const struct siblings *siblings, uint32_t family)
{
    return family < siblings->count ? siblings->families[family].acquired : 0;
}

size_t siblings__families(const struct siblings *siblings, uint32_t stack, uint32_t kind, uint32_t *families)
{
    families[0] = siblings__family(stack, kind);
    if (siblings__count(siblings, families[0]) > 0)
        return 1;
    for (uint32_t class_ = 0; class_ < CLASSES; class_++)
        families[class_] = stack * CLASSES + class_;
    return CLASSES;
}

const struct siblings_release *siblings__releases(const struct siblings *siblings, uint32_t family)
{
    return family < siblings->count ? siblings->families[family].releases : NULL;
}

bool siblings__has_copy(const struct siblings *siblings, uint32_t family, struct stacks *stacks, bool given_back)
{
    const char *call = family < siblings->count ? siblings->families[family].call : NULL;
    for (size_t number = CLASSES + family % CLASSES; number < siblings->count; number += CLASSES) {
        const struct family *other = &siblings->families[number];
        if (other->acquired > 0 && other->call == call && (!given_back || other->releases != NULL) &&
            stacks__are_copies(stacks, family / CLASSES, (uint32_t)(number / CLASSES)))
            return true;
    }
    return false;
}
