/* What a module's unwind tables say of leaving a frame, where that is plain. */
#ifndef LW_UNWIND_TABLE_H
#define LW_UNWIND_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

enum lw_leaving_kind {
    LW_LEAVING_UNKNOWN, /* no table says */
    LW_LEAVING_INVOLVED,
    LW_LEAVING_REFUSED, /* involved, and the return address is signed */
    LW_LEAVING_NOT,     /* it is the outermost frame */
    LW_LEAVING_PLAIN,
    LW_LEAVING_ALONE, /* as plain, but what is saved is the return address, and the frame pointer is the frame's own */
    LW_LEAVING_SIGNED = 8, /* and one of the last two: the return address is signed */
};

/* How a frame is left that is plain. The return address stands just below where the caller's stack begins, or behind the
 * frame pointer that is saved (columns.h). */
struct lw_leaving {
    int32_t distance; /* of that beginning from the stack pointer, or from the frame pointer */
    int16_t saved_at; /* where the caller's frame pointer is, from that beginning in words; 0: it is the frame's own */
    uint8_t by_fp;    /* 0 or 1 */
    uint8_t kind;     /* enum lw_leaving_kind */
};

/* Of the frame that is at `address`, an instruction of it. Reads memory of its module, and asks the loader which that is. */
struct lw_leaving lw_unwind_table_find(uint64_t address);

#pragma GCC visibility pop

#endif
