/* Bytes to steps: Capstone, and the tables of the architecture. */
#include "decoder.h"

#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>

#include "architecture.h"
#include "base/heap.h"

enum { THUNK_STEPS = 5 };

struct decoder {
    const struct architecture *architecture;
    csh handle;
    cs_insn *instruction; /* the last one that was decoded */
};

static const struct architecture *find_architecture(unsigned elf_machine)
{
    static const struct architecture *const known[] = {&callsite_x86, &callsite_aarch64};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i]->elf_machine == elf_machine)
            return known[i];
    return NULL;
}

struct decoder *decoder__new(unsigned elf_machine)
{
    const struct architecture *architecture = find_architecture(elf_machine);
    csh handle;
    if (architecture == NULL || cs_open(architecture->arch, architecture->mode, &handle) != CS_ERR_OK)
        return NULL;
    cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
    struct decoder *decoder = heap__zeroed(1, sizeof(*decoder));
    decoder->architecture = architecture;
    decoder->handle = handle;
    decoder->instruction = cs_malloc(handle);
    if (decoder->instruction == NULL)
        heap__ran_out();
    return decoder;
}

void decoder__free(struct decoder *decoder)
{
    if (decoder == NULL)
        return;
    cs_free(decoder->instruction, 1);
    cs_close(&decoder->handle);
    free(decoder);
}

const struct machine *decoder__machine(const struct decoder *decoder)
{
    return &decoder->architecture->machine;
}

static bool decode(struct decoder *decoder, const uint8_t *bytes, size_t size, uint64_t address)
{
    return cs_disasm_iter(decoder->handle, &bytes, &size, &address, decoder->instruction);
}

bool decoder__step(struct decoder *decoder, const uint8_t *bytes, size_t size, uint64_t address, struct step *step)
{
    *step = (struct step){.address = address, .memory = {.base = NO_REGISTER, .index = NO_REGISTER}};
    if (!decode(decoder, bytes, size, address))
        return decoder->architecture->translate_unknown(bytes, size, step);
    step->next = address + decoder->instruction->size;
    decoder->architecture->translate(decoder->handle, decoder->instruction, step);
    return true;
}

void decoder__text(struct decoder *decoder, const uint8_t *bytes, size_t size, uint64_t address, char *text,
                   size_t room)
{
    const cs_insn *instruction = decoder->instruction;
    if (!decode(decoder, bytes, size, address))
        snprintf(text, room, "%s", "");
    else if (instruction->op_str[0] == '\0')
        snprintf(text, room, "%s", instruction->mnemonic);
    else
        snprintf(text, room, "%s %s", instruction->mnemonic, instruction->op_str);
}

bool decoder__thunk(struct decoder *decoder, const uint8_t *bytes, size_t size, uint64_t address, uint64_t *slot)
{
    struct step step;
    *slot = 0;
    for (size_t i = 0; i < THUNK_STEPS; i++) {
        if (!decoder__step(decoder, bytes, size, address, &step))
            return false;
        if (decoder->architecture->thunk(decoder->instruction, &step, slot))
            return *slot != 0;
        bytes += step.next - address;
        size -= step.next - address;
        address = step.next;
    }
    return false;
}
