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
        crew__free(&entry->tally.crew);
        telling__free(entry->tally.telling);
        free(entry->tally.shares);
        free(entry->tally.growth);
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

/* Mostly the last one, or one more. */
static void add_share(struct tally *tally, uint32_t process, uint64_t count)
{
    size_t at = tally->share_count;
    while (at > 0 && tally->shares[at - 1].process > process)
        at--;
    if (at > 0 && tally->shares[at - 1].process == process) {
        tally->shares[at - 1].count += count;
        return;
    }
    tally->shares = heap__room(tally->shares, tally->share_count, &tally->share_room, sizeof(struct tally_share));
    memmove(&tally->shares[at + 1], &tally->shares[at], (tally->share_count++ - at) * sizeof(struct tally_share));
    tally->shares[at] = (struct tally_share){process, count};
}

static int compare_examples(const struct example *a, const struct example *b)
{
    int order = strcmp(a->detail, b->detail);
    return order != 0 ? order : strcmp(a->label ? a->label : "", b->label ? b->label : "");
}

/* By what they show, not by who came first: threads and processes come as they will. */
static void sort_examples(struct tally *tally)
{
    for (size_t i = tally->example_count - 1; i > 0; i--) {
        struct example *here = &tally->examples[i], *before = here - 1, other = *before;
        if (compare_examples(before, here) <= 0)
            return;
        *before = *here;
        *here = other;
    }
}

/* Examples tell more where they differ. The first ones, or in a steady report the first ones in the order of letters. */
static void add_example(struct tally *tally, const struct sighting *sighting, bool steady)
{
    const char *detail = sighting->detail ? sighting->detail : "";
    bool is_empty = !sighting->has_id && detail[0] == '\0' && sighting->label == NULL;
    if (is_empty || (tally->example_count >= EXAMPLES && !steady))
        return;
    for (size_t i = 0; i < tally->example_count; i++)
        if (detail[0] != '\0' && strcmp(tally->examples[i].detail, detail) == 0 && sighting->label == NULL)
            return;
    struct example example = {.id = sighting->id,
                              .has_id = sighting->has_id,
                              .detail = heap__copied(detail),
                              .label = sighting->label ? heap__copied(sighting->label) : NULL};
    if (tally->example_count < EXAMPLES) {
        tally->examples[tally->example_count++] = example;
    } else {
        struct example *last = &tally->examples[EXAMPLES - 1],
                       *worse = compare_examples(&example, last) < 0 ? last : &example;
        free_example(worse);
        *last = worse == last ? example : *last;
    }
    if (steady)
        sort_examples(tally);
}

void tally__add(struct tally *tally, const struct sighting *sighting)
{
    tally->count += sighting->count;
    add_share(tally, sighting->process, sighting->count);
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

void tally__illustrate(struct tally *tally, const struct sighting *sighting, bool steady)
{
    if (sighting->age > tally->age)
        tally->age = sighting->age;
    add_example(tally, sighting, steady);
    if (sighting->detail != NULL && sighting->detail[0] != '\0')
        details__add(&tally->details, sighting->detail);
}
