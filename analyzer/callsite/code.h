/* The machine code of one file: its bytes by address, the names of what it imports, where its functions begin. */
#ifndef CALLSITE_CODE_H
#define CALLSITE_CODE_H

#include "machine/step.h"

struct Elf;
struct code;

/* NULL where the file is for a machine that is not known. The file must outlive the code. */
struct code *code__new(struct Elf *elf);
void code__free(struct code *code);

const struct machine *code__machine(const struct code *code);

/* Is there code at all? */
bool code__has(const struct code *code, uint64_t address);

/* False where there is no code, or none that can be decoded. */
bool code__step(struct code *code, uint64_t address, struct step *step);
void code__text(struct code *code, uint64_t address, char *text, size_t room);

struct import {
    const char *name;
    bool is_c_library; /* by its version, GLIBC_… */
};

/* Where a call or jump leads to: another file, by name, or NULL. Not for what is no direct call and none through the
 * table of imports. */
const struct import *code__import(struct code *code, const struct step *step);

/* Does a function, or a part of one that stands apart, begin there? What the file does not tell is no beginning. */
bool code__is_beginning(const struct code *code, uint64_t address);
/* The last beginning at or before an address; 0: not known. */
uint64_t code__beginning(const struct code *code, uint64_t address);

/* Does the frame pointer lead to the frame of the function around this address, or is it a register like others? */
bool code__has_frame_pointer(struct code *code, uint64_t address);

/* Is the stack as it was when the function around this address was called? Then a jump from there is its last call. */
bool code__is_frame_gone(struct code *code, uint64_t address);

#endif
