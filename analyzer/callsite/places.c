/* Where the value is at one point of a path, and what one instruction does to it. */
#include "places.h"

#include <string.h>

struct places places__after_release(const struct machine *machine, bool has_frame_pointer)
{
    struct places places;
    memset(&places, 0, sizeof(places));
    places.registers[machine->result] = CONTENT_RESULT;
    places.has_frame_pointer = has_frame_pointer;
    places.is_untouched = true;
    places.is_errno_fresh = true;
    return places;
}

uint32_t places__registers_with(const struct places *places, enum content content)
{
    uint32_t set = 0;
    for (unsigned i = 0; i < REGISTERS; i++)
        if (places->registers[i] == content)
            set |= set_of(i);
    return set;
}

static bool is_held(const struct places *places, enum content content)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (places->slots[i].content == content)
            return true;
    return places__registers_with(places, content) != 0;
}

bool places__hold_result(const struct places *places)
{
    return is_held(places, CONTENT_RESULT);
}

bool places__hold_errno(const struct places *places)
{
    return places->is_errno_fresh || is_held(places, CONTENT_ERRNO);
}

/* The piece of the stack that an instruction means; false where it is none, or none that can be told. */
static bool find_slot(const struct places *places, const struct machine *machine, const struct step_memory *memory,
                      struct slot *slot)
{
    bool is_stack = memory->base == machine->stack_pointer && !places->is_stack_unknown;
    bool is_frame = memory->base == machine->frame_pointer && places->has_frame_pointer;
    if (memory->index != NO_REGISTER || !(is_stack || is_frame))
        return false;
    *slot = (struct slot){
        .base = memory->base,
        .size = memory->size,
        .offset = memory->offset + (is_stack ? places->stack : 0),
    };
    return true;
}

/* Could an access that find_slot cannot place meet a slot that holds the result? Only where it starts from the frame or
 * the stack itself; registers that are restored at the end are no such access. */
static bool may_meet_slot(const struct places *places, const struct machine *machine, const struct step *step)
{
    uint8_t base = step->memory.base;
    bool is_restore = step->kind == STEP_LOAD && (step->stack_change != 0 || (step->writes & machine->scratch) == 0 ||
                                                  (step->writes & set_of(machine->frame_pointer)) != 0);
    if (is_restore ||
        !(base == machine->stack_pointer || (base == machine->frame_pointer && places->has_frame_pointer)))
        return false;
    for (size_t i = 0; i < SLOTS; i++)
        if (places->slots[i].content == CONTENT_RESULT)
            return true;
    return false;
}

static bool overlap(const struct slot *a, const struct slot *b)
{
    return a->base == b->base && a->offset < b->offset + b->size && b->offset < a->offset + a->size;
}

static bool covers(const struct slot *outer, const struct slot *inner)
{
    return outer->base == inner->base && outer->offset <= inner->offset &&
           outer->offset + outer->size >= inner->offset + inner->size;
}

static enum content read_slot(const struct places *places, const struct slot *wanted)
{
    enum content content = CONTENT_OTHER;
    for (size_t i = 0; i < SLOTS; i++)
        if (places->slots[i].content != CONTENT_OTHER && overlap(&places->slots[i], wanted) &&
            content != CONTENT_RESULT)
            content = places->slots[i].content;
    return content;
}

/* False where there is no room to remember it. */
static bool write_slot(struct places *places, struct slot written)
{
    struct slot *room = NULL;
    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *slot = &places->slots[i];
        if (slot->content != CONTENT_OTHER && covers(&written, slot))
            *slot = (struct slot){.base = 0};
        if (slot->content == CONTENT_OTHER)
            room = slot;
    }
    if (written.content == CONTENT_OTHER)
        return true;
    if (room == NULL)
        return false;
    *room = written;
    return true;
}

void places__write(struct places *places, const struct machine *machine, uint32_t set, enum content content)
{
    for (unsigned i = 0; i < REGISTERS; i++) {
        if ((set & set_of(i)) == 0)
            continue;
        places->registers[i] = (uint8_t)content;
        places->offsets[i] = 0;
    }
    places->prepared |= set & machine->arguments;
    if (set & set_of(machine->result))
        places->is_untouched = false;
    if (set & set_of(machine->frame_pointer)) /* the frame is given up: its slots are not read any more */
        places->has_frame_pointer = false;
}

static enum content content_of(const struct places *places, uint32_t set)
{
    static const enum content order[] = {CONTENT_RESULT, CONTENT_ERRNO, CONTENT_ERRNO_ADDRESS, CONTENT_STACK_ADDRESS,
                                         CONTENT_FRAME_ADDRESS};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (places__registers_with(places, order[i]) & set)
            return order[i];
    return CONTENT_OTHER;
}

/* What stands where an instruction reads memory. */
static enum content read_memory(struct places *places, const struct machine *machine, const struct step *step)
{
    struct slot slot;
    uint8_t base = step->memory.base;
    enum content content = CONTENT_OTHER;
    if (base != NO_REGISTER && places->registers[base] == CONTENT_ERRNO_ADDRESS && places->is_errno_fresh)
        return CONTENT_ERRNO;
    bool is_slot = find_slot(places, machine, &step->memory, &slot);
    if (is_slot)
        content = read_slot(places, &slot);
    if (content != CONTENT_OTHER || !may_meet_slot(places, machine, step))
        return content;
    for (size_t i = 0; i < SLOTS; i++) /* perhaps the same place, counted from the other register */
        if (places->slots[i].content == CONTENT_RESULT && (!is_slot || places->slots[i].base != slot.base))
            places->is_doubtful = true;
    return CONTENT_OTHER;
}

static enum notice move(struct places *places, const struct machine *machine, const struct step *step)
{
    enum content content = content_of(places, step->reads);
    int32_t offset = 0;
    for (unsigned i = 0; i < REGISTERS; i++)
        if (step->reads & set_of(i))
            offset = places->offsets[i];
    places__write(places, machine, step->writes, content);
    for (unsigned i = 0; i < REGISTERS; i++)
        if (step->writes & set_of(i))
            places->offsets[i] = offset;
    return NOTICE_NOTHING;
}

static enum notice choose(struct places *places, const struct machine *machine, const struct step *step)
{
    enum content content = content_of(places, step->reads);
    if (step->reads_memory && content != CONTENT_RESULT)
        content = read_memory(places, machine, step);
    bool is_value = content == CONTENT_RESULT || content == CONTENT_ERRNO;
    places__write(places, machine, step->writes, is_value ? content : CONTENT_OTHER);
    return NOTICE_NOTHING;
}

static enum notice load(struct places *places, const struct machine *machine, const struct step *step)
{
    enum content contents[2] = {CONTENT_OTHER, CONTENT_OTHER};
    struct step part = *step;
    for (size_t i = 0; i < step->moved_count; i++) {
        contents[i] = read_memory(places, machine, &part);
        part.memory.offset += part.memory.size;
    }
    places__write(places, machine, step->writes, CONTENT_OTHER);
    for (size_t i = 0; i < step->moved_count; i++)
        places__write(places, machine, set_of(step->moved[i]), contents[i]);
    if (step->writes & set_of(machine->link))
        places->is_returning = true;
    return NOTICE_NOTHING;
}

static enum notice store_one(struct places *places, const struct machine *machine, const struct step *step,
                             uint8_t moved, const struct step_memory *memory)
{
    struct slot slot;
    enum content content = moved == NO_REGISTER ? CONTENT_OTHER : (enum content)places->registers[moved];
    if (memory->base != NO_REGISTER && places->registers[memory->base] == CONTENT_ERRNO_ADDRESS)
        places->is_errno_fresh = false;
    if (!find_slot(places, machine, memory, &slot))
        return content == CONTENT_RESULT ? NOTICE_PASSED : NOTICE_NOTHING;
    bool is_value = content == CONTENT_RESULT || content == CONTENT_ERRNO;
    slot.content = (uint8_t)(is_value ? content : CONTENT_OTHER);
    slot.is_pushed = step->stack_change < 0;
    return write_slot(places, slot) ? NOTICE_NOTHING : NOTICE_UNCLEAR;
}

static enum notice store(struct places *places, const struct machine *machine, const struct step *step)
{
    struct step_memory memory = step->memory;
    enum notice notice = NOTICE_NOTHING;
    if (step->moved_count == 0)
        return store_one(places, machine, step, NO_REGISTER, &memory);
    for (size_t i = 0; i < step->moved_count && notice == NOTICE_NOTHING; i++) {
        notice = store_one(places, machine, step, step->moved[i], &memory);
        memory.offset += memory.size;
    }
    if (step->writes != 0) /* the register that holds the address */
        places__write(places, machine, step->writes & ~set_of(machine->stack_pointer), CONTENT_OTHER);
    return notice;
}

static void remember_address(struct places *places, const struct machine *machine, const struct step *step,
                             const struct slot *taken)
{
    bool is_frame = taken->base == machine->frame_pointer;
    bool fits = taken->offset == (int32_t)taken->offset;
    for (unsigned i = 0; i < REGISTERS && fits; i++) {
        if ((step->writes & set_of(i)) == 0 || i == machine->stack_pointer)
            continue;
        places->registers[i] = is_frame ? CONTENT_FRAME_ADDRESS : CONTENT_STACK_ADDRESS;
        places->offsets[i] = (int32_t)taken->offset;
    }
}

/* The address of a slot, or of what it may be a part of, is handed out. */
static enum notice take_address(struct places *places, const struct machine *machine, const struct step *step)
{
    struct slot taken;
    struct step_memory memory = step->memory;
    if (places__registers_with(places, CONTENT_RESULT) & step->reads)
        return NOTICE_READ;
    memory.index = NO_REGISTER;
    bool is_stack = find_slot(places, machine, &memory, &taken);
    places__write(places, machine, step->writes, CONTENT_OTHER);
    if (!is_stack || (step->writes & set_of(machine->stack_pointer)) != 0)
        return NOTICE_NOTHING;
    remember_address(places, machine, step, &taken);
    for (size_t i = 0; i < SLOTS; i++) {
        const struct slot *slot = &places->slots[i];
        if (slot->content != CONTENT_RESULT || slot->base != taken.base || slot->offset < taken.offset)
            continue;
        if (step->memory.index == NO_REGISTER && slot->offset - taken.offset < STRUCT_AT_MOST)
            return NOTICE_PASSED;
        places->is_doubtful = true;
    }
    return NOTICE_NOTHING;
}

static enum notice compute(struct places *places, const struct machine *machine, const struct step *step)
{
    struct slot slot;
    enum content content = content_of(places, step->reads);
    if (step->reads_memory && content != CONTENT_RESULT) {
        enum content from_memory = read_memory(places, machine, step);
        content = from_memory != CONTENT_OTHER ? from_memory : content;
    }
    if (content == CONTENT_RESULT || (content == CONTENT_ERRNO && step->compares))
        return NOTICE_READ;
    places__write(places, machine, step->writes, CONTENT_OTHER);
    if (step->writes_memory && find_slot(places, machine, &step->memory, &slot))
        write_slot(places, slot);
    return NOTICE_NOTHING;
}

static void move_stack(struct places *places, const struct machine *machine, const struct step *step)
{
    places->stack += step->stack_change;
    if (step->is_stack_unknown)
        places->is_stack_unknown = true;
    /* What lies below the stack pointer is gone. The red zone is kept. */
    enum { RED_ZONE = 128 };
    for (size_t i = 0; i < SLOTS; i++)
        if (places->slots[i].base == machine->stack_pointer && places->slots[i].content != CONTENT_OTHER &&
            places->slots[i].offset < places->stack - RED_ZONE)
            places->slots[i] = (struct slot){.base = 0};
}

void places__add_others(struct places *places, const struct places *before, const struct machine *machine)
{
    for (unsigned i = 0; i < REGISTERS; i++) {
        if (set_of(i) & machine->scratch)
            continue;
        places->registers[i] = before->registers[i];
        places->offsets[i] = before->offsets[i];
    }
}

enum notice places__pass(struct places *places, const struct machine *machine, const struct step *step)
{
    static enum notice (*const kinds[])(struct places *, const struct machine *, const struct step *) = {
        [STEP_COMPUTE] = compute, [STEP_MOVE] = move,      [STEP_CHOOSE] = choose,
        [STEP_LOAD] = load,       [STEP_STORE] = store,    [STEP_ADDRESS] = take_address,
        [STEP_JUMP] = compute,    [STEP_BRANCH] = compute, [STEP_CALL] = compute,
    };
    if (step->kind >= sizeof kinds / sizeof kinds[0] || kinds[step->kind] == NULL)
        return NOTICE_NOTHING;
    bool is_access = step->kind == STEP_LOAD || step->kind == STEP_STORE;
    uint32_t address = set_of(step->memory.base) | set_of(step->memory.index);
    if (is_access && (places__registers_with(places, CONTENT_RESULT) & address) != 0)
        return NOTICE_READ;
    enum notice notice = kinds[step->kind](places, machine, step);
    move_stack(places, machine, step);
    return notice;
}
