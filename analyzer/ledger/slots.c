/* The slots of a ledger: its directories of descriptors and handles made flat, and every slot checked. */
#include <stdlib.h>
#include <string.h>

#include "private.h"
#include "slot.h"

/* ---- The directories */

/* While the directory of descriptors is walked. Blocks of a sound file lie apart, so no more of them can be there than
 * fit the snapshot: this is what ends the walk where a hostile directory names the same block over and over. */
struct walk {
    struct ledger *ledger;
    size_t room;            /* of ledger->leaves */
    uint64_t nodes, leaves; /* that may still be visited */
    bool out_of_memory;
};

static void add_leaf(struct walk *walk, struct leaf leaf)
{
    struct ledger *ledger = walk->ledger;
    if (ledger->leaf_count == walk->room) {
        size_t room = walk->room ? walk->room * 2 : 64;
        struct leaf *leaves = realloc(ledger->leaves, room * sizeof *leaves);
        if (!leaves) {
            walk->out_of_memory = true;
            return;
        }
        ledger->leaves = leaves;
        walk->room = room;
    }
    ledger->leaves[ledger->leaf_count++] = leaf;
}

static void walk_leaf(struct walk *walk, uint64_t offset, uint32_t number)
{
    uint64_t slots = snapshot__present(walk->ledger, offset, walk->ledger->sizes.slot, LW_FD_LEAF);
    if (slots < LW_FD_LEAF || walk->leaves == 0)
        ledger__dangling(walk->ledger, "fds.leaf", number, offset);
    if (slots == 0 || walk->leaves == 0)
        return;
    walk->leaves--;
    add_leaf(walk, (struct leaf){.offset = offset, .index = number, .slots = (uint32_t)slots});
}

/* Number of the first descriptor below entry i of a node at this depth (the header's is 0). */
static uint32_t below(uint32_t number, unsigned depth, uint32_t i)
{
    return number + (i << (22 - 8 * depth));
}

static void walk_node(struct walk *walk, const uint64_t *entries, unsigned depth, uint32_t number)
{
    for (uint32_t i = 0; i < LW_FD_FANOUT; i++) {
        uint32_t first = below(number, depth, i);
        if (entries[i] == 0)
            continue;
        if (depth == 2) {
            walk_leaf(walk, entries[i], first);
            continue;
        }
        const struct lw_fd_node *node = snapshot__block(walk->ledger, entries[i], sizeof *node);
        if (!node || walk->nodes == 0) {
            ledger__dangling(walk->ledger, "fds.node", first, entries[i]);
            continue;
        }
        walk->nodes--;
        walk_node(walk, node->below, depth + 1, first);
    }
}

static void walk_handles(struct walk *walk)
{
    struct ledger *ledger = walk->ledger;
    uint32_t index = 0;
    for (unsigned g = 0; g < LW_HANDLE_GENERATIONS; g++) {
        uint32_t length = (LW_BUCKETS_FIRST << (2 * g)) * LW_BUCKET;
        uint64_t offset = ledger->header.handles.slots[g];
        uint64_t slots = snapshot__present(ledger, offset, ledger->sizes.slot, length);
        if (slots < length && offset != 0)
            ledger__dangling(ledger, "handles.slots", g, offset);
        if (slots > 0)
            add_leaf(walk,
                     (struct leaf){.offset = offset, .index = index, .slots = (uint32_t)slots, .is_handle = true});
        index += length;
        if (slots > 0)
            ledger->handle_slots = index;
    }
}

int slots__map(struct ledger *ledger, struct ledger_error *error)
{
    struct walk walk = {.ledger = ledger,
                        .nodes = ledger->size / sizeof(struct lw_fd_node) + 1,
                        .leaves = ledger->size / (LW_FD_LEAF * ledger->sizes.slot) + 1};
    free(ledger->leaves);
    ledger->leaves = NULL;
    ledger->leaf_count = 0;
    ledger->handle_slots = 0;
    walk_node(&walk, ledger->header.fds, 0, 0);
    walk_handles(&walk);
    if (walk.out_of_memory)
        return ledger__fail(error, ledger->path, "no memory for the list of its slots");
    return 0;
}

/* ---- The slots */

static const struct {
    uint32_t offset;
    enum lw_table_id to;
    const char *field;
} references[] = {
    {offsetof(struct lw_slot, site), LW_SITES, "slot.site"},
    {offsetof(struct lw_slot, origin_site), LW_SITES, "slot.origin_site"},
    {offsetof(struct lw_slot, release_stack), LW_STACKS, "slot.release_stack"},
    {offsetof(struct lw_slot, release_call), LW_NAMES, "slot.release_call"},
    {offsetof(struct lw_slot, leftover), LW_LEFTOVERS, "slot.leftover"},
};

static void check_references(struct ledger *ledger, struct lw_slot *slot, uint64_t where)
{
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++) {
        uint32_t *number = (uint32_t *)(void *)((char *)slot + references[i].offset);
        if (tables__leads(ledger, references[i].to, *number))
            continue;
        if (slot_state(slot) != LW_WRITING)
            ledger__dangling(ledger, references[i].field, where, *number);
        *number = 0;
    }
    if (slot->owner > ledger->handle_slots) {
        if (slot_state(slot) != LW_WRITING)
            ledger__dangling(ledger, "slot.owner", where, slot->owner);
        slot->owner = 0;
    }
}

static void empty(struct ledger *ledger, struct lw_slot *slot, const char *field, uint64_t where, uint64_t value)
{
    ledger__damage(ledger, field, where, value);
    memset(slot, 0, sizeof *slot);
}

/* Detail and label share a field. */
static void check_texts(struct ledger *ledger, struct lw_slot *slot, uint64_t where)
{
    bool in_flight = slot_state(slot) == LW_WRITING;
    if (slot->detail_length > LW_DETAIL) {
        if (!in_flight)
            ledger__damage(ledger, "slot.detail_length", where, slot->detail_length);
        slot->detail_length = 0;
    }
    if (slot->label_length > LW_LABEL || slot->detail_length + slot->label_length > LW_DETAIL) {
        if (!in_flight)
            ledger__damage(ledger, "slot.label_length", where, slot->label_length);
        slot->label_length = 0;
    }
}

/* A slot that cannot be what it says is taken out of the books; one that was being written keeps what is sound. */
static void check_slot(struct ledger *ledger, struct lw_slot *slot, bool is_handle, uint32_t index)
{
    enum lw_state state = slot_state(slot);
    if (state == LW_EMPTY)
        return;
    if (state > LW_FREE)
        return empty(ledger, slot, "slot.word", index, slot->word);
    bool in_flight = state == LW_WRITING;
    if (state != LW_HELD && !in_flight && slot->kind == LW_KIND_NONE) { /* its first acquisition was cut short */
        memset(slot, 0, sizeof *slot);
        return;
    }
    if (!in_flight && !is_handle && slot->handle != index)
        return empty(ledger, slot, "slot.handle", index, slot->handle);
    if (!in_flight && (slot->kind == LW_KIND_NONE || slot->kind >= LW_KIND_END))
        return empty(ledger, slot, "slot.kind", index, slot->kind);
    if (slot->kind >= LW_KIND_END)
        slot->kind = LW_KIND_NONE;
    check_texts(ledger, slot, index);
    check_references(ledger, slot, index);
}

/* Its word, which comes first, says that it is empty. */
static bool is_blank(const struct ledger *ledger, const struct leaf *leaf, uint32_t k)
{
    return snapshot__is_blank(ledger, leaf->offset + (uint64_t)k * ledger->sizes.slot);
}

void slots__check(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->leaf_count; i++) {
        struct leaf *leaf = &ledger->leaves[i];
        leaf->rows = rows__lay(ledger, leaf->offset, ledger->sizes.slot, sizeof(struct lw_slot), leaf->slots);
        if (!leaf->rows.first)
            leaf->slots = 0;
        for (uint32_t k = 0; k < leaf->slots; k++)
            if (!is_blank(ledger, leaf, k))
                check_slot(ledger, rows__at(leaf->rows, k), leaf->is_handle, leaf->index + k);
    }
}

void ledger__slots(const struct ledger *ledger, ledger_visit *visit, void *context)
{
    for (size_t i = 0; i < ledger->leaf_count; i++) {
        const struct leaf *leaf = &ledger->leaves[i];
        for (uint32_t k = 0; k < leaf->slots; k++) {
            if (is_blank(ledger, leaf, k))
                continue;
            const struct lw_slot *slot = rows__at(leaf->rows, k);
            if (slot_state(slot) != LW_EMPTY && !visit(context, slot, leaf->is_handle, leaf->index + k))
                return;
        }
    }
}
