/* Direct calls in the machine code of one file.
 *
 * DESIGN. Instructions cannot be read backwards, but in front of a return address stands a call. Where bytes that end
 * there can be read as several calls, all of them must lead to the same place. Most addresses are told apart by one byte
 * before anything is decoded. */
#include "direct_calls.h"

#include <gelf.h>
#include <stdlib.h>

#include "base/heap.h"
#include "machine/decoder.h"

enum { BYTES_AT_MOST = 64 << 10 }; /* of a function that is looked through */

/* How calls of an architecture are written. */
struct call_form {
    unsigned elf_machine;
    uint8_t size;              /* of the usual direct call */
    uint8_t at, mask, value;   /* of its bytes, the one that tells it */
    uint8_t shortest, longest; /* of all calls, whatever stands in front of them */
    uint8_t step;
};

static const struct call_form call_forms[] = {
    {EM_X86_64, 5, 0, 0xff, 0xe8, 2, 9, 1},
    {EM_AARCH64, 4, 3, 0xfc, 0x94, 4, 4, 4},
};

struct direct_calls {
    const struct call_form *form;
    struct decoder *decoder;
    GElf_Phdr *segments; /* those with code */
    size_t segment_count;
    const uint8_t *image;
};

static const struct call_form *form_of(unsigned elf_machine)
{
    for (size_t i = 0; i < sizeof call_forms / sizeof call_forms[0]; i++)
        if (call_forms[i].elf_machine == elf_machine)
            return &call_forms[i];
    return NULL;
}

static void read_segments(struct direct_calls *calls, Elf *elf, size_t image_size)
{
    size_t count;
    if (elf_getphdrnum(elf, &count) != 0)
        return;
    calls->segments = heap__zeroed(count ? count : 1, sizeof(GElf_Phdr));
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr *segment = &calls->segments[calls->segment_count];
        if (gelf_getphdr(elf, (int)i, segment) != NULL && segment->p_type == PT_LOAD && (segment->p_flags & PF_X) &&
            segment->p_offset <= image_size && segment->p_filesz <= image_size - segment->p_offset)
            calls->segment_count++;
    }
}

struct direct_calls *direct_calls__new(struct Elf *elf)
{
    GElf_Ehdr header;
    size_t size;
    char *image = elf ? elf_rawfile(elf, &size) : NULL;
    if (image == NULL || gelf_getehdr(elf, &header) == NULL || header.e_ident[EI_DATA] != ELFDATA2LSB)
        return NULL;
    const struct call_form *form = form_of(header.e_machine);
    struct decoder *decoder = form ? decoder__new(header.e_machine) : NULL;
    if (decoder == NULL)
        return NULL;
    struct direct_calls *calls = heap__zeroed(1, sizeof(*calls));
    calls->form = form;
    calls->decoder = decoder;
    calls->image = (const uint8_t *)image;
    read_segments(calls, elf, size);
    return calls;
}

void direct_calls__free(struct direct_calls *calls)
{
    if (calls == NULL)
        return;
    decoder__free(calls->decoder);
    free(calls->segments);
    free(calls);
}

/* The code from start to end; NULL where there is not as much. */
static const uint8_t *code_at(const struct direct_calls *calls, uint64_t start, uint64_t end)
{
    for (size_t i = 0; i < calls->segment_count; i++) {
        const GElf_Phdr *segment = &calls->segments[i];
        if (start >= segment->p_vaddr && start < end && start - segment->p_vaddr < segment->p_filesz &&
            end - start <= segment->p_filesz - (start - segment->p_vaddr))
            return calls->image + segment->p_offset + (start - segment->p_vaddr);
    }
    return NULL;
}

/* Is it, read from `size` bytes before on, a call that ends there? */
static bool is_call(struct direct_calls *calls, uint64_t address, uint64_t size, struct step *step)
{
    const uint8_t *bytes = address >= size ? code_at(calls, address - size, address) : NULL;
    return bytes != NULL && decoder__step(calls->decoder, bytes, size, address - size, step) &&
           step->kind == STEP_CALL && step->next == address;
}

bool direct_calls__target(struct direct_calls *calls, uint64_t address, uint64_t *target)
{
    const struct call_form *form = calls->form;
    struct step call, other;
    const uint8_t *bytes = address >= form->size ? code_at(calls, address - form->size, address) : NULL;
    if (bytes == NULL || (bytes[form->at] & form->mask) != form->value || !is_call(calls, address, form->size, &call) ||
        call.is_indirect)
        return false;
    for (uint64_t size = form->shortest; size <= form->longest; size += form->step)
        if (is_call(calls, address, size, &other) && (other.is_indirect || other.target != call.target))
            return false;
    *target = call.target;
    return true;
}

bool direct_calls__leave(struct direct_calls *calls, uint64_t start, uint64_t end)
{
    struct step step;
    const uint8_t *bytes = code_at(calls, start, end);
    if (bytes == NULL || end - start > BYTES_AT_MOST)
        return false;
    for (uint64_t at = start; at < end; at = step.next) {
        if (!decoder__step(calls->decoder, bytes + (at - start), (size_t)(end - at), at, &step) || step.next <= at)
            return false;
        bool is_jump = step.kind == STEP_JUMP || step.kind == STEP_BRANCH;
        if (is_jump && (step.is_indirect || step.target < start || step.target >= end))
            return true;
    }
    return false;
}
