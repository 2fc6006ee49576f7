/* The build-id among the notes of an ELF file, in memory or read from it. */
#ifndef LW_BUILD_ID_H
#define LW_BUILD_ID_H

#include <elf.h>
#include <stdint.h>
#include <string.h>

/* Where it stands, and how long it is; NULL: there is none. Trusts no length that a note gives. */
static inline const uint8_t *lw_build_id_in(const uint8_t *notes, uint64_t size, uint32_t *length)
{
    Elf64_Nhdr note;
    while (size > sizeof note) {
        memcpy(&note, notes, sizeof note);
        uint64_t text = sizeof note + (((uint64_t)note.n_namesz + 3) & ~3ULL);
        uint64_t next = text + (((uint64_t)note.n_descsz + 3) & ~3ULL);
        if (next > size)
            return NULL;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(notes + sizeof note, "GNU", 4) == 0) {
            *length = note.n_descsz;
            return notes + text;
        }
        notes += next;
        size -= next;
    }
    return NULL;
}

#endif
