/* What was found of one kind at one stack, over all ledgers. */
#include "tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/table.h"
#include "telling.h"

struct entry {
    struct tally tally; /* first, so that a key can be found in it */
    UT_hash_handle hh;
};

struct tallies {
    struct entry *entries;
    struct tally *first, **end;
};

struct tallies *tallies__new(void)
{
    struct tallies *tallies = heap__zeroed(1, sizeof(*tallies));
    tallies->end = &tallies->first;
    return tallies;
}

static void free_example(struct example *example)
{
    free(example->detail);
    free(example->label);
}

void tallies__free(struct tallies *tallies)
{
    if (tallies == NULL)
        return;
    struct entry *entry, *next;
    HASH_ITER(hh, tallies->entries, entry, next) {
        HASH_DEL(tallies->entries, entry);
        for (size_t i = 0; i < entry->tally.example_count; i++)
            free_example(&entry->tally.examples[i]);
        details__free(&entry->tally.details);
        telling__free(entry->tally.telling);
        free(entry->tally.shares);
        free(entry->tally.items);
        free(entry);
    }
    free(tallies);
}

struct tally *tallies__first(const struct tallies *tallies)
{
    return tallies->first;
}

struct tally *tallies__get(struct tallies *tallies, const struct tally_key *key, uint32_t resource_kind)
{
    struct entry *entry;
    HASH_FIND(hh, tallies->entries, key, sizeof(*key), entry);
    if (entry != NULL)
        return &entry->tally;
    entry = heap__zeroed(1, sizeof(*entry));
    entry->tally.key = *key;
    entry->tally.age = -1;
    entry->tally.resource_kind = resource_kind;
    HASH_ADD(hh, tallies->entries, tally.key, sizeof(*key), entry);
    *tallies->end = &entry->tally;
    tallies->end = &entry->tally.next;
    return &entry->tally;
}

static void add_share(struct tally *tally, uint32_t process, uint64_t count)
{
    size_t last = tally->share_count;
    if (last > 0 && tally->shares[last - 1].process == process) {
        tally->shares[last - 1].count += count;
        return;
    }
    tally->shares = heap__room(tally->shares, last, &tally->share_room, sizeof(struct tally_share));
    tally->shares[tally->share_count++] = (struct tally_share){process, count};
}

/* Examples tell more where they differ. */
static void add_example(struct tally *tally, const struct sighting *sighting)
{
    const char *detail = sighting->detail ? sighting->detail : "";
    bool is_empty = !sighting->has_id && detail[0] == '\0' && sighting->label == NULL;
    if (is_empty || tally->example_count >= EXAMPLES)
        return;
    for (size_t i = 0; i < tally->example_count; i++)
        if (detail[0] != '\0' && strcmp(tally->examples[i].detail, detail) == 0 && sighting->label == NULL)
            return;
    tally->examples[tally->example_count++] =
        (struct example){.id = sighting->id,
                         .has_id = sighting->has_id,
                         .detail = heap__copied(detail),
                         .label = sighting->label ? heap__copied(sighting->label) : NULL};
}

void tally__add(struct tally *tally, const struct sighting *sighting)
{
    tally->count += sighting->count;
    add_share(tally, sighting->process, sighting->count);
    tally__illustrate(tally, sighting);
}

void tally__add_item(struct tally *tally, const struct tally_item *item)
{
    for (size_t i = 0; i < tally->item_count; i++) {
        struct tally_item *known = &tally->items[i];
        if (known->as == item->as && known->text == item->text && known->call == item->call &&
            known->stack == item->stack) {
            known->count += item->count;
            return;
        }
    }
    tally->items = heap__room(tally->items, tally->item_count, &tally->item_room, sizeof(*tally->items));
    tally->items[tally->item_count++] = *item;
}

void tally__illustrate(struct tally *tally, const struct sighting *sighting)
{
    if (sighting->age > tally->age)
        tally->age = sighting->age;
    add_example(tally, sighting);
    if (sighting->detail != NULL && sighting->detail[0] != '\0')
        details__add(&tally->details, sighting->detail);
}
