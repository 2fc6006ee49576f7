/* What a CPython without symbols calls when an object of a built-in type goes: its type objects tell.
 *
 * DESIGN. Distributions strip the interpreter, and with it the names of all static functions; of those, tp_dealloc and
 * tp_finalize say why a file was closed. A type object is data with the address of PyType_Type, which is exported, at its
 * place; where functions begin and end is known from the unwind table's index, which is never stripped. */
#ifndef TYPE_SLOTS_H
#define TYPE_SLOTS_H

#include <stdint.h>

struct Elf;
struct pool;
struct type_slots;

/* NULL: the file holds no type objects, or none that can be read. */
struct type_slots *type_slots__new(struct Elf *elf);
void type_slots__free(struct type_slots *slots);

/* "_io.FileIO.tp_dealloc", of the pool; NULL: the function around this address is in no slot. */
const char *type_slots__name(const struct type_slots *slots, uint64_t address, struct pool *pool);

#endif
