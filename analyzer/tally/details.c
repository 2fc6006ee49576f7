/* How many different details were seen. */
#include "details.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/heap.h"

enum { FIRST_ROOM = 4 };

/* Where the hash stands, or would stand. */
static uint32_t place_of(const struct details *details, uint64_t hash)
{
    uint32_t place = (uint32_t)hash & (details->room - 1);
    while (details->hashes[place] != 0 && details->hashes[place] != hash)
        place = (place + 1) & (details->room - 1);
    return place;
}

static void grow(struct details *details)
{
    struct details larger = {.room = details->room ? details->room * 2 : FIRST_ROOM, .count = details->count};
    larger.hashes = heap__zeroed(larger.room, sizeof(uint64_t));
    for (uint32_t i = 0; i < details->room; i++)
        if (details->hashes[i] != 0)
            larger.hashes[place_of(&larger, details->hashes[i])] = details->hashes[i];
    free(details->hashes);
    *details = larger;
}

static void add_hash(struct details *details, uint64_t hash)
{
    if (details->count >= DETAILS_AT_MOST)
        return;
    if (4 * (details->count + 1) > 3 * details->room)
        grow(details);
    uint32_t place = place_of(details, hash);
    details->count += details->hashes[place] == 0;
    details->hashes[place] = hash;
}

void details__add(struct details *details, const char *text)
{
    uint64_t hash = HASH_START;
    hash__text(&hash, text);
    add_hash(details, hash ? hash : 1);
}

void details__add_all(struct details *details, const struct details *others)
{
    for (uint32_t i = 0; i < others->room; i++)
        if (others->hashes[i] != 0)
            add_hash(details, others->hashes[i]);
}

void details__free(struct details *details)
{
    free(details->hashes);
    *details = (struct details){.room = 0};
}
