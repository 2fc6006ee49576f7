/* One look over a whole function, from its beginning to its end, without following its jumps. */
#include "callsite_survey.h"

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
    struct code *code;
    struct callees *callees;
    const struct machine *machine;
    uint64_t site;
    uint32_t errno_addresses; /* registers that hold it now */
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

static void note_errno(struct surveyor *surveyor, const struct step *step)
{
    uint32_t result = set_of(surveyor->machine->result);
    if (step->kind == STEP_CALL) {
        surveyor->errno_addresses &= ~surveyor->machine->scratch;
        if (callees__of(surveyor->callees, step).tells_errno)
            surveyor->errno_addresses |= result;
    } else if (step->kind == STEP_MOVE && (step->reads & surveyor->errno_addresses) != 0) {
        surveyor->errno_addresses |= step->writes;
    } else {
        surveyor->errno_addresses &= ~step->writes;
    }
    if (step->next == surveyor->site)
        surveyor->survey.errno_registers = surveyor->errno_addresses & ~result;
}

struct survey survey__of(struct code *code, struct callees *callees, uint64_t call_returns_to)
{
    struct surveyor surveyor = {
        .code = code,
        .callees = callees,
        .machine = code__machine(code),
        .site = call_returns_to,
    };
    struct step step = {.next = code__beginning(code, call_returns_to - 1)};
    if (step.next == 0)
        return surveyor.survey;
    for (size_t i = 0; i < STEPS_AT_MOST; i++) {
        uint64_t address = step.next;
        bool is_over = !code__has(code, address) || (i > 0 && code__is_beginning(code, address));
        if (is_over || !code__step(code, address, &step)) {
            surveyor.survey.is_complete = is_over && !surveyor.is_overfull;
            break;
        }
        if (step.kind == STEP_ADDRESS)
            note_address(&surveyor, &step);
        note_errno(&surveyor, &step);
    }
    return surveyor.survey;
}
