/* What a call does with the value: it may be handed on in a register, on the stack, or by the address of where it is. */
#include "places.h"

/* Registers that carry arguments hand on what they hold, with two exceptions. The result register may be the first
 * argument, too: nobody put the value there for this call. And a function of the same file that neither reads nor
 * overwrites a register leaves the value there for later. */
static enum notice pass_registers(struct places *places, const struct machine *machine, const struct callee *callee)
{
    uint32_t held = places__registers_with(places, CONTENT_RESULT) & machine->arguments;
    if (places->is_untouched && (held & set_of(machine->result)) != 0) {
        held &= ~set_of(machine->result);
        if (callee->reads & set_of(machine->result))
            return NOTICE_PASSED;
        if (callee->may_read & set_of(machine->result))
            places->is_doubtful = true;
    }
    return held & (callee->reads | callee->may_read | callee->writes) ? NOTICE_PASSED : NOTICE_NOTHING;
}

/* Arguments that no register has room for stand where the stack pointer leads to. Values that are kept for later may
 * stand there, too: that a call has so many arguments shows in the registers, which all were written for it. */
static enum notice pass_stack(struct places *places, const struct machine *machine)
{
    bool is_full = (places->prepared & machine->arguments) == machine->arguments;
    for (size_t i = 0; i < SLOTS && !places->has_crossed; i++) {
        const struct slot *slot = &places->slots[i];
        int64_t above = slot->offset - places->stack;
        if (slot->content != CONTENT_RESULT || slot->base != machine->stack_pointer || above < 0 || above % 8 != 0 ||
            above >= machine->stack_arguments)
            continue;
        if (is_full || slot->is_pushed)
            return NOTICE_PASSED;
        places->is_doubtful = true;
    }
    return NOTICE_NOTHING;
}

/* The address of the slot, or of a struct around it, is an argument. */
static enum notice pass_address(const struct places *places, const struct machine *machine)
{
    for (unsigned i = 0; i < REGISTERS; i++) {
        bool is_stack = places->registers[i] == CONTENT_STACK_ADDRESS;
        bool is_address = is_stack || places->registers[i] == CONTENT_FRAME_ADDRESS;
        uint8_t base = is_stack ? machine->stack_pointer : machine->frame_pointer;
        if (!is_address || (set_of(i) & machine->arguments) == 0)
            continue;
        for (size_t j = 0; j < SLOTS; j++) {
            const struct slot *slot = &places->slots[j];
            int64_t above = slot->offset - places->offsets[i];
            if (slot->content == CONTENT_RESULT && slot->base == base && above >= 0 && above < STRUCT_AT_MOST)
                return NOTICE_PASSED;
        }
    }
    return NOTICE_NOTHING;
}

enum notice places__call(struct places *places, const struct machine *machine, const struct step *step,
                         const struct callee *callee)
{
    if (step->is_indirect && (places__registers_with(places, CONTENT_RESULT) & step->reads) != 0)
        return NOTICE_READ;
    enum notice notice = pass_registers(places, machine, callee);
    if (notice == NOTICE_NOTHING)
        notice = pass_stack(places, machine);
    if (notice == NOTICE_NOTHING)
        notice = pass_address(places, machine);
    if (notice != NOTICE_NOTHING)
        return notice;
    places__write(places, machine, callee->writes, CONTENT_OTHER);
    places->is_errno_fresh = places->is_errno_fresh && callee->tells_errno;
    places->prepared = 0;
    if (places->is_errno_fresh)
        places->registers[machine->result] = CONTENT_ERRNO_ADDRESS;
    return NOTICE_NOTHING;
}
