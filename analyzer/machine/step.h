/* One machine instruction, in the terms in which a value is followed: the same for all architectures.
 *
 * DESIGN. Capstone decodes; x86.c and aarch64.c turn what it says into a step and correct it where it is
 * wrong (tested in tests/unit/callsite_registers_test.c). Registers are numbered 0 to 31 whatever part of them an
 * instruction names: al, eax and rax are one register, and so are w0 and x0. */
#ifndef CALLSITE_STEP_H
#define CALLSITE_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REGISTERS = 32, NO_REGISTER = 255 };

enum step_kind {
    STEP_COMPUTE, /* anything that is none of the following */
    STEP_NOTHING, /* reads and writes nothing, whatever its operands say */
    STEP_MOVE,    /* a register gets the value of the only one in `reads` */
    STEP_CHOOSE,  /* a register gets the value of one of `reads`, or of memory where reads_memory */
    STEP_LOAD,    /* registers get what stands in memory */
    STEP_STORE,   /* registers, or constants where there are none, go to memory */
    STEP_ADDRESS, /* a register gets the address of memory */
    STEP_JUMP,
    STEP_BRANCH, /* a jump that depends on something */
    STEP_CALL,
    STEP_RETURN,
    STEP_STOP, /* execution ends here */
};

struct step_memory {
    uint8_t base, index; /* registers, or NO_REGISTER */
    bool is_absolute;    /* no registers: `offset` is an address in the file */
    int64_t offset;
    uint32_t size; /* bytes, of each register that is loaded or stored */
};

struct step {
    enum step_kind kind;
    uint64_t address, next; /* in the file */
    uint32_t reads, writes; /* sets of registers; those in an address are read, too */
    uint8_t moved[2];       /* LOAD and STORE: the registers, in the order of memory */
    uint8_t moved_count;
    bool reads_memory, writes_memory;
    bool compares;         /* tells values apart, as in if (errno == EINTR) */
    bool is_stack_unknown; /* the stack pointer got a value that cannot be followed */
    int64_t stack_change;  /* of the stack pointer, after memory was accessed */
    bool is_indirect;      /* JUMP and CALL: through a register or memory */
    uint64_t target;       /* JUMP, BRANCH and CALL that are direct */
    struct step_memory memory;
};

/* What sets an architecture apart. */
struct machine {
    uint8_t result, stack_pointer, frame_pointer; /* registers */
    uint8_t link;                                 /* holds the return address; NO_REGISTER: it is on the stack */
    uint32_t arguments;                           /* registers that carry the arguments of a call */
    uint32_t scratch;                             /* registers that a call may overwrite */
    int64_t stack_arguments;                      /* bytes above the stack pointer that may be arguments of a call */
};

static inline uint32_t set_of(unsigned number)
{
    return number < REGISTERS ? 1u << number : 0;
}

#endif
