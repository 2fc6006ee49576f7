/* The ledger's trie of stacks: each frame refers to its caller's. */
#include "generated.h"
#include "ledger/ledger.h"
#include "merged.h"
#include "modules.h"
#include "trace.h"

static uint32_t intern_element(const struct lw_frame *frame)
{
    uint64_t hash = lw_hash2(frame->address, (uint64_t)frame->parent << 32 | frame->module);
    return lw_intern_after(LW_STACKS, hash, frame, frame->parent);
}

static bool is_generated(uint32_t stack)
{
    const struct lw_frame *frame = lw_element(LW_STACKS, stack);
    return frame && frame->address == LW_ADDRESS_GENERATED;
}

uint32_t lw_stack_through(uint64_t address, uint32_t parent)
{
    if (parent == LW_OTHER)
        return LW_OTHER;
    struct lw_frame frame = {address, parent, lw_module_of(address - 1)};
    if (frame.module == 0)
        frame.address = lw_generated_address(address);
    if (frame.address == LW_ADDRESS_GENERATED && is_generated(parent))
        return parent; /* generated code called by generated code is one frame */
    return intern_element(&frame);
}

uint32_t lw_stack_interned(const uint64_t *address, uint32_t depth, struct lw_merged *merged)
{
    uint32_t number = 0;
    for (uint32_t i = depth; i-- > 0;) {
        number = merged ? lw_merged_step(merged, address[i], number) : lw_stack_through(address[i], number);
        if (number == LW_OTHER)
            return 0;
    }
    return number;
}

uint32_t lw_stack_of_address(uint64_t address)
{
    return lw_stack_interned(&address, 1, NULL);
}

uint32_t lw_stack_with(uint64_t special, uint32_t module, uint32_t parent)
{
    struct lw_frame frame = {special, parent, module};
    if (parent == LW_OTHER)
        return LW_OTHER;
    return intern_element(&frame);
}
