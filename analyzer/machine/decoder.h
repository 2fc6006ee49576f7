/* Machine code as steps, for the architectures that are known. */
#ifndef DECODER_H
#define DECODER_H

#include "step.h"

struct decoder;

/* NULL where this kind of machine (e_machine of ELF) is not known. */
struct decoder *decoder__new(unsigned elf_machine);
void decoder__free(struct decoder *decoder);
const struct machine *decoder__machine(const struct decoder *decoder);

/* False where the bytes are no instruction that is known. */
bool decoder__step(struct decoder *decoder, const uint8_t *bytes, size_t size, uint64_t address, struct step *step);

/* The instruction as text, "mov eax, 1"; empty where it is not known. */
void decoder__text(struct decoder *decoder, const uint8_t *bytes, size_t size, uint64_t address, char *text,
                   size_t room);

/* Code that only jumps to an address that stands in memory, as the procedure linkage table does: where in memory. */
bool decoder__thunk(struct decoder *decoder, const uint8_t *bytes, size_t size, uint64_t address, uint64_t *slot);

#endif
