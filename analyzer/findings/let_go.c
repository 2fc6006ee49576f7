/* Descriptors that were known as open when leakwatch let their process go. */
#include "let_go.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/table.h"
#include "slots.h"

/* Without gaps, as its bytes are compared. */
struct key {
    uint64_t start_ticks, host;
    uint64_t pid;
};

struct left {
    struct key key;
    uint32_t *numbers; /* in order */
    size_t count, room;
    UT_hash_handle hh;
};

struct let_go {
    struct left *left;
    const struct left *asked; /* NULL: nothing was left of that process */
};

struct let_go *let_go__new(void)
{
    return heap__zeroed(1, sizeof(struct let_go));
}

void let_go__free(struct let_go *let_go)
{
    struct left *left, *next;
    HASH_ITER(hh, let_go->left, left, next) {
        HASH_DEL(let_go->left, left);
        free(left->numbers);
        free(left);
    }
    free(let_go);
}

static struct key key_of(const struct ledger *ledger)
{
    const struct lw_header *header = ledger__header(ledger);
    struct key key = {.start_ticks = header->start_ticks, .host = HASH_START, .pid = header->pid};
    hash__text(&key.host, header->host);
    return key;
}

static bool take(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    struct left *left = context;
    if (is_handle)
        return false; /* descriptors come first */
    if (!slot__is_held(slot))
        return true;
    left->numbers = heap__room(left->numbers, left->count, &left->room, sizeof(*left->numbers));
    left->numbers[left->count++] = index;
    return true;
}

/* It may be let go again and again: what was open last is what was open. */
void let_go__note(struct let_go *let_go, const struct ledger *ledger, const struct life *life)
{
    const struct key key = key_of(ledger);
    struct left *left;
    if (strcmp(life->how, "detached") != 0)
        return;
    HASH_FIND(hh, let_go->left, &key, sizeof key, left);
    if (left == NULL) {
        left = heap__zeroed(1, sizeof(*left));
        left->key = key;
        HASH_ADD(hh, let_go->left, key, sizeof left->key, left);
    }
    left->count = 0;
    ledger__slots(ledger, take, left);
}

void let_go__open(struct let_go *let_go, const struct ledger *ledger)
{
    const struct key key = key_of(ledger);
    struct left *left;
    HASH_FIND(hh, let_go->left, &key, sizeof key, left);
    let_go->asked = ledger__header(ledger)->attached_time != 0 ? left : NULL;
}

static int by_number(const void *left, const void *right)
{
    const uint32_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

bool let_go__has(const struct let_go *let_go, uint32_t number)
{
    const struct left *asked = let_go->asked;
    return asked != NULL && asked->count > 0 &&
           bsearch(&number, asked->numbers, asked->count, sizeof number, by_number) != NULL;
}
