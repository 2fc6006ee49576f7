/* x86_64 instructions as steps.
 *
 * DESIGN. Capstone 4.0.2 knows well which registers an instruction reads and writes. Corrected here: instructions that
 * read nothing though their operands say so (xor eax, eax; or eax, -1; nop with an address), those that write a
 * register that it does not list (cmpxchg, syscall), and one that does not write what it lists (cdq). */
#include <gelf.h>

#include "architecture.h"

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11 };

/* One more than the register's number; 0 for those that are not followed. */
static const uint8_t numbers[X86_REG_ENDING] = {
    [X86_REG_RAX] = 1,   [X86_REG_EAX] = 1,   [X86_REG_AX] = 1,    [X86_REG_AL] = 1,    [X86_REG_AH] = 1,
    [X86_REG_RCX] = 2,   [X86_REG_ECX] = 2,   [X86_REG_CX] = 2,    [X86_REG_CL] = 2,    [X86_REG_CH] = 2,
    [X86_REG_RDX] = 3,   [X86_REG_EDX] = 3,   [X86_REG_DX] = 3,    [X86_REG_DL] = 3,    [X86_REG_DH] = 3,
    [X86_REG_RBX] = 4,   [X86_REG_EBX] = 4,   [X86_REG_BX] = 4,    [X86_REG_BL] = 4,    [X86_REG_BH] = 4,
    [X86_REG_RSP] = 5,   [X86_REG_ESP] = 5,   [X86_REG_SP] = 5,    [X86_REG_SPL] = 5,   [X86_REG_RBP] = 6,
    [X86_REG_EBP] = 6,   [X86_REG_BP] = 6,    [X86_REG_BPL] = 6,   [X86_REG_RSI] = 7,   [X86_REG_ESI] = 7,
    [X86_REG_SI] = 7,    [X86_REG_SIL] = 7,   [X86_REG_RDI] = 8,   [X86_REG_EDI] = 8,   [X86_REG_DI] = 8,
    [X86_REG_DIL] = 8,   [X86_REG_R8] = 9,    [X86_REG_R8D] = 9,   [X86_REG_R8W] = 9,   [X86_REG_R8B] = 9,
    [X86_REG_R9] = 10,   [X86_REG_R9D] = 10,  [X86_REG_R9W] = 10,  [X86_REG_R9B] = 10,  [X86_REG_R10] = 11,
    [X86_REG_R10D] = 11, [X86_REG_R10W] = 11, [X86_REG_R10B] = 11, [X86_REG_R11] = 12,  [X86_REG_R11D] = 12,
    [X86_REG_R11W] = 12, [X86_REG_R11B] = 12, [X86_REG_R12] = 13,  [X86_REG_R12D] = 13, [X86_REG_R12W] = 13,
    [X86_REG_R12B] = 13, [X86_REG_R13] = 14,  [X86_REG_R13D] = 14, [X86_REG_R13W] = 14, [X86_REG_R13B] = 14,
    [X86_REG_R14] = 15,  [X86_REG_R14D] = 15, [X86_REG_R14W] = 15, [X86_REG_R14B] = 15, [X86_REG_R15] = 16,
    [X86_REG_R15D] = 16, [X86_REG_R15W] = 16, [X86_REG_R15B] = 16,
};

/* STEP_COMPUTE where an instruction is not named. */
static const uint8_t kinds[X86_INS_ENDING] = {
    [X86_INS_NOP] = STEP_NOTHING,        [X86_INS_ENDBR64] = STEP_NOTHING, [X86_INS_PAUSE] = STEP_NOTHING,
    [X86_INS_PREFETCHT0] = STEP_NOTHING, [X86_INS_MOV] = STEP_MOVE,        [X86_INS_MOVABS] = STEP_MOVE,
    [X86_INS_MOVZX] = STEP_MOVE,         [X86_INS_MOVSX] = STEP_MOVE,      [X86_INS_MOVSXD] = STEP_MOVE,
    [X86_INS_CDQE] = STEP_MOVE,          [X86_INS_CMOVA] = STEP_CHOOSE,    [X86_INS_CMOVAE] = STEP_CHOOSE,
    [X86_INS_CMOVB] = STEP_CHOOSE,       [X86_INS_CMOVBE] = STEP_CHOOSE,   [X86_INS_CMOVE] = STEP_CHOOSE,
    [X86_INS_CMOVG] = STEP_CHOOSE,       [X86_INS_CMOVGE] = STEP_CHOOSE,   [X86_INS_CMOVL] = STEP_CHOOSE,
    [X86_INS_CMOVLE] = STEP_CHOOSE,      [X86_INS_CMOVNE] = STEP_CHOOSE,   [X86_INS_CMOVNO] = STEP_CHOOSE,
    [X86_INS_CMOVNP] = STEP_CHOOSE,      [X86_INS_CMOVNS] = STEP_CHOOSE,   [X86_INS_CMOVO] = STEP_CHOOSE,
    [X86_INS_CMOVP] = STEP_CHOOSE,       [X86_INS_CMOVS] = STEP_CHOOSE,    [X86_INS_LEA] = STEP_ADDRESS,
    [X86_INS_PUSH] = STEP_STORE,         [X86_INS_POP] = STEP_LOAD,        [X86_INS_JMP] = STEP_JUMP,
    [X86_INS_JA] = STEP_BRANCH,          [X86_INS_JAE] = STEP_BRANCH,      [X86_INS_JB] = STEP_BRANCH,
    [X86_INS_JBE] = STEP_BRANCH,         [X86_INS_JE] = STEP_BRANCH,       [X86_INS_JG] = STEP_BRANCH,
    [X86_INS_JGE] = STEP_BRANCH,         [X86_INS_JL] = STEP_BRANCH,       [X86_INS_JLE] = STEP_BRANCH,
    [X86_INS_JNE] = STEP_BRANCH,         [X86_INS_JNO] = STEP_BRANCH,      [X86_INS_JNP] = STEP_BRANCH,
    [X86_INS_JNS] = STEP_BRANCH,         [X86_INS_JO] = STEP_BRANCH,       [X86_INS_JP] = STEP_BRANCH,
    [X86_INS_JS] = STEP_BRANCH,          [X86_INS_JRCXZ] = STEP_BRANCH,    [X86_INS_JECXZ] = STEP_BRANCH,
    [X86_INS_LOOP] = STEP_BRANCH,        [X86_INS_LOOPE] = STEP_BRANCH,    [X86_INS_LOOPNE] = STEP_BRANCH,
    [X86_INS_CALL] = STEP_CALL,          [X86_INS_RET] = STEP_RETURN,      [X86_INS_UD2] = STEP_STOP,
    [X86_INS_HLT] = STEP_STOP,           [X86_INS_INT3] = STEP_STOP,
};

/* Instructions whose only effect on a register, with these operands, is a constant. */
static const struct idiom {
    unsigned id;
    bool is_same_register; /* or else: a constant as its second operand */
    int64_t constant;
} idioms[] = {
    {X86_INS_XOR, true, 0},  {X86_INS_SUB, true, 0},  {X86_INS_SBB, true, 0},
    {X86_INS_AND, false, 0}, {X86_INS_OR, false, -1},
};

/* Registers that an instruction reads and writes beside those that Capstone lists, or does not write though listed. */
static const struct correction {
    unsigned id;
    uint32_t reads, writes, keeps;
} corrections[] = {
    {X86_INS_CMPXCHG, 1u << RAX, 1u << RAX, 0},
    {X86_INS_SYSCALL, 1u << RAX | 1u << RDI | 1u << RSI | 1u << RDX | 1u << R10 | 1u << R8 | 1u << R9,
     1u << RAX | 1u << RCX | 1u << R11, 0},
    {X86_INS_CDQ, 1u << RAX, 1u << RDX, 1u << RAX},
    {X86_INS_CQO, 1u << RAX, 1u << RDX, 1u << RAX},
    {X86_INS_CWD, 1u << RAX, 1u << RDX, 1u << RAX},
};

static uint8_t number_of(unsigned name)
{
    return name < X86_REG_ENDING && numbers[name] != 0 ? (uint8_t)(numbers[name] - 1) : NO_REGISTER;
}

static uint32_t set_of_names(const uint16_t *names, size_t count)
{
    uint32_t set = 0;
    for (size_t i = 0; i < count; i++)
        set |= set_of(number_of(names[i]));
    return set;
}

static bool is_idiom(unsigned id, const cs_x86 *detail)
{
    const cs_x86_op *first = &detail->operands[0], *second = &detail->operands[1];
    for (size_t i = 0; i < sizeof idioms / sizeof idioms[0]; i++) {
        if (idioms[i].id != id || detail->op_count != 2)
            continue;
        if (idioms[i].is_same_register)
            return first->type == X86_OP_REG && second->type == X86_OP_REG && first->reg == second->reg;
        int64_t mask = first->size < 8 ? ((int64_t)1 << 8 * first->size) - 1 : -1;
        return second->type == X86_OP_IMM && (second->imm & mask) == (idioms[i].constant & mask);
    }
    return false;
}

static void find_registers(csh handle, const cs_insn *instruction, struct step *step)
{
    cs_regs read, written;
    uint8_t read_count = 0, written_count = 0;
    if (cs_regs_access(handle, instruction, read, &read_count, written, &written_count) != CS_ERR_OK)
        return;
    step->reads = set_of_names(read, read_count);
    step->writes = set_of_names(written, written_count);
    for (size_t i = 0; i < sizeof corrections / sizeof corrections[0]; i++) {
        if (corrections[i].id != instruction->id)
            continue;
        step->reads |= corrections[i].reads;
        step->writes = (step->writes | corrections[i].writes) & ~corrections[i].keeps;
    }
}

static void find_memory(const cs_insn *instruction, const cs_x86_op *operand, struct step *step)
{
    const x86_op_mem *memory = &operand->mem;
    step->memory = (struct step_memory){
        .base = number_of(memory->base),
        .index = number_of(memory->index),
        .offset = memory->disp,
        .size = operand->size,
    };
    if (memory->base == X86_REG_RIP) {
        step->memory.is_absolute = true;
        step->memory.offset += (int64_t)(instruction->address + instruction->size);
    }
    if (memory->segment != X86_REG_INVALID) /* of the thread, not of the frame */
        step->memory.base = NO_REGISTER;
    step->reads_memory = (operand->access & CS_AC_READ) != 0;
    step->writes_memory = (operand->access & CS_AC_WRITE) != 0;
}

/* What a move is depends on where its operands are. */
static void refine_move(const cs_x86 *detail, struct step *step)
{
    const cs_x86_op *to = &detail->operands[0], *from = &detail->operands[1];
    if (detail->op_count != 2) /* cdqe: eax to rax */
        return;
    uint8_t target = to->type == X86_OP_REG ? number_of(to->reg) : NO_REGISTER;
    uint8_t source = from->type == X86_OP_REG ? number_of(from->reg) : NO_REGISTER;
    if (from->type == X86_OP_MEM && target != NO_REGISTER) {
        step->kind = STEP_LOAD;
        step->moved[step->moved_count++] = target;
    } else if (to->type == X86_OP_MEM && (source != NO_REGISTER || from->type == X86_OP_IMM)) {
        step->kind = STEP_STORE;
        if (source != NO_REGISTER)
            step->moved[step->moved_count++] = source;
    } else if (source == RSP && target != RBP && target != NO_REGISTER) {
        step->kind = STEP_ADDRESS;
        step->memory.base = RSP;
    } else if (source == NO_REGISTER || source == RSP) {
        step->kind = STEP_COMPUTE;
    }
}

static void refine_stack_access(const cs_x86 *detail, struct step *step)
{
    const cs_x86_op *operand = &detail->operands[0];
    bool is_push = step->kind == STEP_STORE;
    step->stack_change = is_push ? -8 : 8;
    if (operand->type == X86_OP_MEM) { /* from memory to memory */
        step->kind = STEP_COMPUTE;
        return;
    }
    step->memory = (struct step_memory){.base = RSP, .index = NO_REGISTER, .offset = is_push ? -8 : 0, .size = 8};
    step->reads_memory = !is_push;
    step->writes_memory = is_push;
    uint8_t moved = operand->type == X86_OP_REG ? number_of(operand->reg) : NO_REGISTER;
    if (moved != NO_REGISTER)
        step->moved[step->moved_count++] = moved;
}

static void find_stack_change(const cs_insn *instruction, struct step *step)
{
    const cs_x86 *detail = &instruction->detail->x86;
    const cs_x86_op *operand = &detail->operands[1];
    if (step->kind == STEP_CALL || step->kind == STEP_RETURN || step->stack_change != 0 ||
        (step->writes & set_of(RSP)) == 0)
        return;
    if ((instruction->id == X86_INS_ADD || instruction->id == X86_INS_SUB) && operand->type == X86_OP_IMM)
        step->stack_change = instruction->id == X86_INS_ADD ? operand->imm : -operand->imm;
    else if (step->kind == STEP_ADDRESS && step->memory.base == RSP && step->memory.index == NO_REGISTER)
        step->stack_change = step->memory.offset;
    else
        step->is_stack_unknown = true;
}

static void find_target(const cs_x86 *detail, struct step *step)
{
    const cs_x86_op *operand = &detail->operands[0];
    step->is_indirect = operand->type != X86_OP_IMM;
    if (!step->is_indirect)
        step->target = (uint64_t)operand->imm;
}

/* A difference compares where a constant is taken off, as in a switch; 0 - errno is none. */
static bool compares(unsigned id, const cs_x86 *detail)
{
    return id == X86_INS_CMP || id == X86_INS_TEST || id == X86_INS_BT ||
           (id == X86_INS_SUB && detail->operands[1].type == X86_OP_IMM);
}

static void translate(csh handle, const cs_insn *instruction, struct step *step)
{
    const cs_x86 *detail = &instruction->detail->x86;
    step->kind = kinds[instruction->id];
    if (step->kind == STEP_NOTHING)
        return;
    find_registers(handle, instruction, step);
    for (size_t i = 0; i < detail->op_count; i++)
        if (detail->operands[i].type == X86_OP_MEM)
            find_memory(instruction, &detail->operands[i], step);
    step->compares = compares(instruction->id, detail);
    if (is_idiom(instruction->id, detail)) {
        step->reads &= ~step->writes;
        step->reads_memory = false;
    }
    if (step->kind == STEP_MOVE)
        refine_move(detail, step);
    else if (instruction->id == X86_INS_PUSH || instruction->id == X86_INS_POP)
        refine_stack_access(detail, step);
    else if (step->kind == STEP_JUMP || step->kind == STEP_BRANCH || step->kind == STEP_CALL)
        find_target(detail, step);
    find_stack_change(instruction, step);
}

static bool translate_unknown(const uint8_t *bytes, size_t size, struct step *step)
{
    (void)bytes, (void)size, (void)step;
    return false;
}

/* endbr64; jmp [rip + slot] */
static bool thunk(const cs_insn *instruction, const struct step *step, uint64_t *slot)
{
    (void)instruction;
    if (step->kind == STEP_JUMP && step->is_indirect && step->memory.is_absolute)
        *slot = (uint64_t)step->memory.offset;
    return step->kind != STEP_NOTHING;
}

const struct architecture callsite_x86 = {
    .elf_machine = EM_X86_64,
    .arch = CS_ARCH_X86,
    .mode = CS_MODE_64,
    .machine =
        {
            .result = RAX,
            .stack_pointer = RSP,
            .frame_pointer = RBP,
            .link = NO_REGISTER,
            .arguments = 1u << RDI | 1u << RSI | 1u << RDX | 1u << RCX | 1u << R8 | 1u << R9,
            .scratch =
                1u << RAX | 1u << RCX | 1u << RDX | 1u << RSI | 1u << RDI | 1u << R8 | 1u << R9 | 1u << R10 | 1u << R11,
            .stack_arguments = 48,
        },
    .translate = translate,
    .translate_unknown = translate_unknown,
    .thunk = thunk,
};
