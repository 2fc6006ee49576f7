/* What the debugging information of one binary says of an address: function, inlined functions, files, lines. */
#ifndef DEBUG_INFO_H
#define DEBUG_INFO_H

#include <elfutils/libdw.h>
#include <stddef.h>
#include <stdint.h>

#include "symbols.h"

struct debug_info;
struct pool;

struct debug_info *debug_info__new(Dwarf *dwarf, struct pool *pool);
void debug_info__free(struct debug_info *info);

/* As binary__look_up; addresses are those of the debugging information. */
size_t debug_info__look_up(struct debug_info *info, uint64_t address, struct frame *frames, size_t room);

#endif
