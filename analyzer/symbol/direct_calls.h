/* Direct calls in the machine code of one file: which function a return address was left for, and whether a function may
 * end in a jump to another one, as compilers make of a call at its end. */
#ifndef DIRECT_CALLS_H
#define DIRECT_CALLS_H

#include <stdbool.h>
#include <stdint.h>

struct Elf;
struct direct_calls;

/* NULL where the file is for a machine that is not known. The file must outlive it. */
struct direct_calls *direct_calls__new(struct Elf *elf);
void direct_calls__free(struct direct_calls *calls);

/* Where the call leads that returns to this address. False where it need not be a direct call. */
bool direct_calls__target(struct direct_calls *calls, uint64_t address, uint64_t *target);

/* Does code from start to end hold a jump that leads elsewhere, or to where only a register or memory knows? */
bool direct_calls__leave(struct direct_calls *calls, uint64_t start, uint64_t end);

#endif
