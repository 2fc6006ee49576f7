/* aarch64 instructions as steps.
 *
 * DESIGN. Capstone 4.0.2 says of many instructions that they write what they read (cmp w0, #0) or read what they write
 * (mov w0, #0). The architecture is regular, so its answer is not asked for: the first register is written, all others
 * are read, and a table names the instructions that do otherwise. */
#include <gelf.h>
#include <string.h>

#include "architecture.h"

enum { X0, X16 = 16, X17, FP = 29, LR, SP };

/* How an instruction treats its first operands. */
enum habit {
    WRITES_FIRST, /* the usual one */
    WRITES_NONE,
    WRITES_TWO,
    CHANGES_FIRST, /* reads and writes it */
};

static const uint8_t habits[ARM64_INS_ENDING] = {
    [ARM64_INS_CMP] = WRITES_NONE,    [ARM64_INS_CMN] = WRITES_NONE,   [ARM64_INS_TST] = WRITES_NONE,
    [ARM64_INS_CCMP] = WRITES_NONE,   [ARM64_INS_CCMN] = WRITES_NONE,  [ARM64_INS_CBZ] = WRITES_NONE,
    [ARM64_INS_CBNZ] = WRITES_NONE,   [ARM64_INS_TBZ] = WRITES_NONE,   [ARM64_INS_TBNZ] = WRITES_NONE,
    [ARM64_INS_STR] = WRITES_NONE,    [ARM64_INS_STRB] = WRITES_NONE,  [ARM64_INS_STRH] = WRITES_NONE,
    [ARM64_INS_STUR] = WRITES_NONE,   [ARM64_INS_STURB] = WRITES_NONE, [ARM64_INS_STURH] = WRITES_NONE,
    [ARM64_INS_STP] = WRITES_NONE,    [ARM64_INS_STNP] = WRITES_NONE,  [ARM64_INS_STTR] = WRITES_NONE,
    [ARM64_INS_STTRB] = WRITES_NONE,  [ARM64_INS_STTRH] = WRITES_NONE, [ARM64_INS_STLR] = WRITES_NONE,
    [ARM64_INS_STLRB] = WRITES_NONE,  [ARM64_INS_STLRH] = WRITES_NONE, [ARM64_INS_MSR] = WRITES_NONE,
    [ARM64_INS_PRFM] = WRITES_NONE,   [ARM64_INS_BR] = WRITES_NONE,    [ARM64_INS_BLR] = WRITES_NONE,
    [ARM64_INS_RET] = WRITES_NONE,    [ARM64_INS_ST1] = WRITES_NONE,   [ARM64_INS_ST2] = WRITES_NONE,
    [ARM64_INS_ST3] = WRITES_NONE,    [ARM64_INS_ST4] = WRITES_NONE,   [ARM64_INS_DC] = WRITES_NONE,
    [ARM64_INS_IC] = WRITES_NONE,     [ARM64_INS_LDP] = WRITES_TWO,    [ARM64_INS_LDNP] = WRITES_TWO,
    [ARM64_INS_LDPSW] = WRITES_TWO,   [ARM64_INS_LDXP] = WRITES_TWO,   [ARM64_INS_LDAXP] = WRITES_TWO,
    [ARM64_INS_MOVK] = CHANGES_FIRST, [ARM64_INS_BFI] = CHANGES_FIRST, [ARM64_INS_BFXIL] = CHANGES_FIRST,
    [ARM64_INS_BFM] = CHANGES_FIRST,
};

/* STEP_COMPUTE where an instruction is not named. */
static const uint8_t kinds[ARM64_INS_ENDING] = {
    [ARM64_INS_NOP] = STEP_NOTHING, [ARM64_INS_HINT] = STEP_NOTHING, [ARM64_INS_PRFM] = STEP_NOTHING,
    [ARM64_INS_MOV] = STEP_MOVE,    [ARM64_INS_SXTW] = STEP_MOVE,    [ARM64_INS_UXTW] = STEP_MOVE,
    [ARM64_INS_CSEL] = STEP_CHOOSE, [ARM64_INS_LDR] = STEP_LOAD,     [ARM64_INS_LDRB] = STEP_LOAD,
    [ARM64_INS_LDRH] = STEP_LOAD,   [ARM64_INS_LDRSB] = STEP_LOAD,   [ARM64_INS_LDRSH] = STEP_LOAD,
    [ARM64_INS_LDRSW] = STEP_LOAD,  [ARM64_INS_LDUR] = STEP_LOAD,    [ARM64_INS_LDURB] = STEP_LOAD,
    [ARM64_INS_LDURH] = STEP_LOAD,  [ARM64_INS_LDURSB] = STEP_LOAD,  [ARM64_INS_LDURSH] = STEP_LOAD,
    [ARM64_INS_LDURSW] = STEP_LOAD, [ARM64_INS_LDP] = STEP_LOAD,     [ARM64_INS_LDNP] = STEP_LOAD,
    [ARM64_INS_LDPSW] = STEP_LOAD,  [ARM64_INS_STR] = STEP_STORE,    [ARM64_INS_STRB] = STEP_STORE,
    [ARM64_INS_STRH] = STEP_STORE,  [ARM64_INS_STUR] = STEP_STORE,   [ARM64_INS_STURB] = STEP_STORE,
    [ARM64_INS_STURH] = STEP_STORE, [ARM64_INS_STP] = STEP_STORE,    [ARM64_INS_STNP] = STEP_STORE,
    [ARM64_INS_ADD] = STEP_ADDRESS, [ARM64_INS_SUB] = STEP_ADDRESS,  [ARM64_INS_B] = STEP_JUMP,
    [ARM64_INS_BR] = STEP_JUMP,     [ARM64_INS_CBZ] = STEP_BRANCH,   [ARM64_INS_CBNZ] = STEP_BRANCH,
    [ARM64_INS_TBZ] = STEP_BRANCH,  [ARM64_INS_TBNZ] = STEP_BRANCH,  [ARM64_INS_BL] = STEP_CALL,
    [ARM64_INS_BLR] = STEP_CALL,    [ARM64_INS_RET] = STEP_RETURN,   [ARM64_INS_BRK] = STEP_STOP,
    [ARM64_INS_HLT] = STEP_STOP,
};

/* Of those, how many bytes go to or come from memory where the register does not tell. */
static const uint8_t sizes[ARM64_INS_ENDING] = {
    [ARM64_INS_LDRB] = 1,  [ARM64_INS_LDRSB] = 1, [ARM64_INS_LDURB] = 1, [ARM64_INS_LDURSB] = 1, [ARM64_INS_STRB] = 1,
    [ARM64_INS_STURB] = 1, [ARM64_INS_LDRH] = 2,  [ARM64_INS_LDRSH] = 2, [ARM64_INS_LDURH] = 2,  [ARM64_INS_LDURSH] = 2,
    [ARM64_INS_STRH] = 2,  [ARM64_INS_STURH] = 2, [ARM64_INS_LDRSW] = 4, [ARM64_INS_LDURSW] = 4, [ARM64_INS_LDPSW] = 4,
};

static uint8_t number_of(unsigned name)
{
    if (name >= ARM64_REG_W0 && name <= ARM64_REG_W30)
        return (uint8_t)(name - ARM64_REG_W0);
    if (name >= ARM64_REG_X0 && name <= ARM64_REG_X28)
        return (uint8_t)(name - ARM64_REG_X0);
    if (name == ARM64_REG_X29 || name == ARM64_REG_X30)
        return (uint8_t)(name == ARM64_REG_X29 ? FP : LR);
    return name == ARM64_REG_SP || name == ARM64_REG_WSP ? SP : NO_REGISTER;
}

static uint32_t size_of(unsigned name)
{
    if ((name >= ARM64_REG_W0 && name <= ARM64_REG_W30) || name == ARM64_REG_WZR ||
        (name >= ARM64_REG_S0 && name <= ARM64_REG_S31))
        return 4;
    return name >= ARM64_REG_Q0 && name <= ARM64_REG_Q31 ? 16 : 8;
}

static bool is_zero(unsigned name)
{
    return name == ARM64_REG_WZR || name == ARM64_REG_XZR;
}

static bool is_written(enum habit habit, size_t operand)
{
    switch (habit) {
    case WRITES_NONE:
        return false;
    case WRITES_TWO:
        return operand < 2;
    default:
        return operand == 0;
    }
}

static void find_registers(const cs_insn *instruction, struct step *step)
{
    const cs_arm64 *detail = &instruction->detail->arm64;
    enum habit habit = (enum habit)habits[instruction->id];
    for (size_t i = 0; i < detail->op_count; i++) {
        const cs_arm64_op *operand = &detail->operands[i];
        uint32_t set = operand->type == ARM64_OP_REG ? set_of(number_of(operand->reg)) : 0;
        if (operand->type == ARM64_OP_MEM)
            step->reads |= set_of(number_of(operand->mem.base)) | set_of(number_of(operand->mem.index));
        if (is_written(habit, i))
            step->writes |= set;
        if (!is_written(habit, i) || (i == 0 && habit == CHANGES_FIRST))
            step->reads |= set;
    }
}

/* eor w0, w0, w0 and the like: a constant. */
static bool is_zero_idiom(const cs_insn *instruction)
{
    const cs_arm64_op *operands = instruction->detail->arm64.operands;
    return (instruction->id == ARM64_INS_EOR || instruction->id == ARM64_INS_SUB) &&
           instruction->detail->arm64.op_count == 3 && operands[1].type == ARM64_OP_REG &&
           operands[2].type == ARM64_OP_REG && operands[1].reg == operands[2].reg &&
           operands[2].shift.type == ARM64_SFT_INVALID;
}

static const cs_arm64_op *last_operand(const cs_arm64 *detail)
{
    return &detail->operands[detail->op_count > 0 ? detail->op_count - 1 : 0];
}

static void find_memory(const cs_arm64 *detail, const cs_arm64_op *operand, struct step *step)
{
    step->memory.base = number_of(operand->mem.base);
    step->memory.index = number_of(operand->mem.index);
    step->memory.offset = operand->mem.disp;
    if (!detail->writeback)
        return;
    const cs_arm64_op *last = last_operand(detail); /* [sp], #16 has a number after the address, [sp, #-16]! has none */
    int64_t change = last->type == ARM64_OP_IMM ? last->imm : operand->mem.disp;
    step->writes |= set_of(step->memory.base);
    if (step->memory.base == SP)
        step->stack_change = change;
}

/* Which registers go where; with those of the vector unit it is no move of a value that could be followed. */
static void refine_access(const cs_insn *instruction, struct step *step)
{
    const cs_arm64_op *operands = instruction->detail->arm64.operands;
    bool is_pair = instruction->detail->arm64.op_count > 1 && operands[1].type == ARM64_OP_REG;
    bool is_store = step->kind == STEP_STORE;
    step->memory.size = sizes[instruction->id] ? sizes[instruction->id] : size_of(operands[0].reg);
    step->reads_memory = !is_store;
    step->writes_memory = is_store;
    for (size_t i = 0; i < (is_pair ? 2 : 1); i++) {
        uint8_t number = number_of(operands[i].reg);
        if (number == NO_REGISTER && !is_zero(operands[i].reg)) {
            step->memory.size *= is_pair ? 2 : 1;
            step->kind = STEP_COMPUTE;
            return;
        }
        step->moved[step->moved_count++] = number;
    }
}

static void refine_move(const cs_arm64 *detail, struct step *step)
{
    const cs_arm64_op *from = &detail->operands[1];
    uint8_t target = number_of(detail->operands[0].reg);
    uint8_t source = detail->op_count == 2 && from->type == ARM64_OP_REG ? number_of(from->reg) : NO_REGISTER;
    if (source == SP && target != FP) {
        step->kind = STEP_ADDRESS;
        step->memory.base = SP;
    } else if (source == NO_REGISTER || source == SP || target == NO_REGISTER) {
        step->kind = STEP_COMPUTE;
    }
}

/* add and sub make an address where they start from a frame, and change the stack where they end in its pointer. */
static void refine_sum(const cs_insn *instruction, struct step *step)
{
    const cs_arm64_op *operands = instruction->detail->arm64.operands;
    uint8_t target = number_of(operands[0].reg), source = number_of(operands[1].reg);
    int64_t sum = instruction->id == ARM64_INS_ADD ? operands[2].imm : -operands[2].imm;
    bool is_constant = operands[2].type == ARM64_OP_IMM;
    if (is_constant && operands[2].shift.type == ARM64_SFT_LSL)
        sum *= (int64_t)1 << operands[2].shift.value;
    step->kind = STEP_COMPUTE;
    if (is_constant && target == SP && source == SP)
        step->stack_change = sum;
    else if (is_constant && target != FP && target != SP && (source == SP || source == FP)) {
        step->kind = STEP_ADDRESS;
        step->memory.base = source;
        step->memory.offset = sum;
    }
}

static void find_target(const cs_insn *instruction, struct step *step)
{
    const cs_arm64 *detail = &instruction->detail->arm64;
    const cs_arm64_op *last = last_operand(detail);
    if (instruction->id == ARM64_INS_B && detail->cc != ARM64_CC_INVALID && detail->cc != ARM64_CC_AL)
        step->kind = STEP_BRANCH;
    step->is_indirect = last->type != ARM64_OP_IMM;
    if (!step->is_indirect)
        step->target = (uint64_t)last->imm;
}

/* A difference compares where a constant is taken off, as in a switch. */
static bool compares(unsigned id, const cs_arm64 *detail)
{
    return (id == ARM64_INS_SUB && last_operand(detail)->type == ARM64_OP_IMM) || id == ARM64_INS_CMP ||
           id == ARM64_INS_CMN || id == ARM64_INS_TST || id == ARM64_INS_CCMP || id == ARM64_INS_CCMN ||
           id == ARM64_INS_CBZ || id == ARM64_INS_CBNZ || id == ARM64_INS_TBZ || id == ARM64_INS_TBNZ;
}

static void refine(const cs_insn *instruction, struct step *step)
{
    switch (step->kind) {
    case STEP_LOAD:
    case STEP_STORE:
        refine_access(instruction, step);
        break;
    case STEP_MOVE:
        refine_move(&instruction->detail->arm64, step);
        break;
    case STEP_ADDRESS:
        refine_sum(instruction, step);
        break;
    case STEP_JUMP:
    case STEP_BRANCH:
    case STEP_CALL:
        find_target(instruction, step);
        break;
    default:
        break;
    }
}

static void translate(csh handle, const cs_insn *instruction, struct step *step)
{
    const cs_arm64 *detail = &instruction->detail->arm64;
    (void)handle;
    step->kind = kinds[instruction->id];
    if (step->kind == STEP_NOTHING)
        return;
    find_registers(instruction, step);
    for (size_t i = 0; i < detail->op_count; i++)
        if (detail->operands[i].type == ARM64_OP_MEM)
            find_memory(detail, &detail->operands[i], step);
    if (step->memory.base != NO_REGISTER && kinds[instruction->id] == STEP_COMPUTE) {
        step->memory.size = 16; /* at most, of what no table names */
        step->reads_memory = habits[instruction->id] != WRITES_NONE;
        step->writes_memory = !step->reads_memory;
    }
    if (is_zero_idiom(instruction))
        step->reads = 0;
    if (step->kind == STEP_CALL)
        step->writes |= set_of(LR);
    step->compares = compares(instruction->id, detail);
    refine(instruction, step);
    if ((step->writes & set_of(SP)) != 0 && step->stack_change == 0)
        step->is_stack_unknown = true;
}

/* What Capstone 4.0.2 does not know: returns with pointer authentication, and atomic operations in one instruction. */
static const struct unknown {
    uint32_t mask, value;
    enum step_kind kind;
    bool reads_first, writes_first; /* the register in bits 0 to 4, */
    bool reads_last, writes_last;   /* and the one in bits 16 to 20; an address stands in bits 5 to 9 */
} unknowns[] = {
    {0xfffffbff, 0xd65f0bff, STEP_RETURN, false, false, false, false}, /* retaa, retab */
    {0x3f200c00, 0x38200000, STEP_COMPUTE, false, true, true, false},  /* ldadd, swp, … */
    {0x3fa07c00, 0x08a07c00, STEP_COMPUTE, true, false, true, true},   /* cas */
};

static uint32_t set_of_field(uint32_t word, unsigned shift, bool is_used)
{
    uint32_t number = word >> shift & 31;
    return is_used && number < SP ? set_of((uint8_t)number) : 0;
}

static bool translate_unknown(const uint8_t *bytes, size_t size, struct step *step)
{
    uint32_t word;
    if (size < sizeof(word))
        return false;
    memcpy(&word, bytes, sizeof(word));
    for (size_t i = 0; i < sizeof unknowns / sizeof unknowns[0]; i++) {
        const struct unknown *unknown = &unknowns[i];
        if ((word & unknown->mask) != unknown->value)
            continue;
        bool is_access = unknown->kind == STEP_COMPUTE;
        step->kind = unknown->kind;
        step->next = step->address + sizeof(word);
        step->reads = set_of_field(word, 0, unknown->reads_first) | set_of_field(word, 5, is_access) |
                      set_of_field(word, 16, unknown->reads_last);
        step->writes = set_of_field(word, 0, unknown->writes_first) | set_of_field(word, 16, unknown->writes_last);
        return true;
    }
    return false;
}

/* bti; adrp x16, page; ldr x17, [x16, #offset]; add x16, …; br x17 */
static bool thunk(const cs_insn *instruction, const struct step *step, uint64_t *slot)
{
    const cs_arm64_op *operands = instruction->detail->arm64.operands;
    if (instruction->id == ARM64_INS_ADRP && number_of(operands[0].reg) == X16)
        *slot = (uint64_t)operands[1].imm;
    else if (step->kind == STEP_LOAD && *slot != 0 && step->moved[0] == X17 && step->memory.base == X16)
        *slot += (uint64_t)step->memory.offset;
    else if (step->kind == STEP_JUMP && step->is_indirect && *slot != 0 && (step->reads & set_of(X17)) != 0)
        return true;
    else if (step->kind != STEP_NOTHING && (*slot == 0 || instruction->id != ARM64_INS_ADD)) {
        *slot = 0;
        return true;
    }
    return false;
}

const struct architecture callsite_aarch64 = {
    .elf_machine = EM_AARCH64,
    .arch = CS_ARCH_ARM64,
    .mode = CS_MODE_ARM,
    .machine =
        {
            .result = X0,
            .stack_pointer = SP,
            .frame_pointer = FP,
            .link = LR,
            .arguments = 0xff,
            .scratch = 0x7ffff | 1u << LR,
            .stack_arguments = 8,
        },
    .translate = translate,
    .translate_unknown = translate_unknown,
    .thunk = thunk,
};
