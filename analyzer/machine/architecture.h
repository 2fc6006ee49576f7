/* What an architecture brings to the decoder. */
#ifndef CALLSITE_DECODE_H
#define CALLSITE_DECODE_H

#include <capstone/capstone.h>

#include "step.h"

struct architecture {
    unsigned elf_machine;
    cs_arch arch;
    cs_mode mode;
    struct machine machine;
    /* Fills in a step, all zero but its address and next one, from a decoded instruction. */
    void (*translate)(csh handle, const cs_insn *instruction, struct step *step);
    /* What Capstone does not know; false where it is not known here either. */
    bool (*translate_unknown)(const uint8_t *bytes, size_t size, struct step *step);
    /* Looks at one more instruction of what may be a thunk: true at its end, `slot` is 0 if it is none. */
    bool (*thunk)(const cs_insn *instruction, const struct step *step, uint64_t *slot);
};

extern const struct architecture callsite_x86, callsite_aarch64;

#endif
