/* Sites that are one place. */
#include "site_places.h"

#include <stdlib.h>

#include "base/heap.h"
#include "base/table.h"
#include "ledger/read.h"
#include "symbol/stacks.h"

struct place {
    struct place_key {
        uint32_t stack, scope, call, kind;
    } key;
    uint32_t site;
    UT_hash_handle hh;
};

struct site_places {
    uint32_t *first; /* by site */
    uint32_t count;
};

static struct place *add_place(struct place **places, const struct place_key *key, uint32_t site)
{
    struct place *place;
    HASH_FIND(hh, *places, key, sizeof(*key), place);
    if (place != NULL)
        return place;
    place = heap__zeroed(1, sizeof(*place));
    place->key = *key;
    place->site = site;
    HASH_ADD(hh, *places, key, sizeof(place->key), place);
    return place;
}

static void free_places(struct place *places)
{
    struct place *place, *next;
    HASH_ITER(hh, places, place, next) {
        HASH_DEL(places, place);
        free(place);
    }
}

struct site_places *site_places__new(const struct ledger *ledger, struct stacks *stacks)
{
    struct site_places *sites = heap__zeroed(1, sizeof(*sites));
    struct place *places = NULL;
    if (ledger__header(ledger)->python == 0)
        return sites;
    sites->count = ledger__count(ledger, LW_SITES);
    sites->first = heap__zeroed(sites->count, sizeof(*sites->first));
    for (uint32_t i = 1; i < sites->count; i++) {
        const struct lw_site *site = ledger__site(ledger, i);
        sites->first[i] = i;
        if (site == NULL || site->stack == 0)
            continue;
        const struct place_key key = {.stack = stacks__place(stacks, stacks__number(stacks, site->stack)),
                                      .scope = site->scope,
                                      .call = site->call,
                                      .kind = site->kind};
        sites->first[i] = add_place(&places, &key, i)->site;
    }
    free_places(places);
    return sites;
}

void site_places__free(struct site_places *places)
{
    if (places != NULL)
        free(places->first);
    free(places);
}

uint32_t site_places__of(const struct site_places *places, uint32_t site)
{
    return site < places->count ? places->first[site] : site;
}
