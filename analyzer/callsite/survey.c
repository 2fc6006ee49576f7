/* One look over a whole function, from its beginning to its end, without following its jumps. */
#include "survey.h"

enum { STEPS_AT_MOST = 20000 };

bool survey__hands_out(const struct survey *survey, uint8_t base, int64_t offset)
{
    for (size_t i = 0; i < survey->count; i++)
        if (survey->handed_out[i].base == base && survey->handed_out[i].offset == offset)
            return true;
    return false;
}

bool survey__hands_out_below(const struct survey *survey, uint8_t base, int64_t offset)
{
    for (size_t i = 0; i < survey->count; i++)
        if (survey->handed_out[i].base == base && survey->handed_out[i].offset <= offset)
            return true;
    return !survey->is_complete;
}

struct surveyor {
    struct survey survey;
    const struct machine *machine;
    bool is_overfull;
};

static void note_address(struct surveyor *surveyor, const struct step *step)
{
    const struct machine *machine = surveyor->machine;
    struct survey *survey = &surveyor->survey;
    uint8_t base = step->memory.base;
    if ((base != machine->stack_pointer && base != machine->frame_pointer) ||
        (step->writes & set_of(machine->stack_pointer)) != 0 || survey__hands_out(survey, base, step->memory.offset))
        return;
    if (survey->count == HANDED_OUT_AT_MOST)
        surveyor->is_overfull = true;
    else
        survey->handed_out[survey->count++] = (struct handed_out){base, step->memory.offset};
}

/* The stack pointer is taken to be where it is at the call, as it is all over a function but its ends. */
static void pass(struct places *places, struct callees *callees, const struct machine *machine, const struct step *step)
{
    bool has_frame_pointer = places->has_frame_pointer;
    if (step->kind == STEP_CALL) {
        struct callee callee = callees__of(callees, step);
        places->is_errno_fresh = true; /* it is the address that is looked for, whatever errno is */
        places__call(places, machine, step, &callee);
    } else {
        places__pass(places, machine, step);
    }
    places->stack = 0;
    places->is_stack_unknown = false;
    places->has_frame_pointer = has_frame_pointer;
}

struct survey survey__of(struct code *code, struct callees *callees, uint64_t call_returns_to)
{
    struct surveyor surveyor = {.machine = code__machine(code)};
    struct places places = places__after_release(surveyor.machine, code__has_frame_pointer(code, call_returns_to - 1));
    struct step step = {.next = code__beginning(code, call_returns_to - 1)};
    surveyor.survey.places = places;
    places.registers[surveyor.machine->result] = CONTENT_OTHER;
    for (size_t i = 0; step.next != 0 && i < STEPS_AT_MOST; i++) {
        uint64_t address = step.next;
        bool is_over = !code__has(code, address) || (i > 0 && code__is_beginning(code, address));
        if (is_over || !code__step(code, address, &step)) {
            surveyor.survey.is_complete = is_over && !surveyor.is_overfull;
            break;
        }
        if (step.kind == STEP_ADDRESS)
            note_address(&surveyor, &step);
        if (address < call_returns_to)
            pass(&places, callees, surveyor.machine, &step);
        if (step.next == call_returns_to)
            places__add_others(&surveyor.survey.places, &places, surveyor.machine);
    }
    return surveyor.survey;
}
