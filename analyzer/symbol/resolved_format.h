/* The block of bytes that resolved.h speaks of, as resolved_write.c writes and resolved_read.c checks it:
 *
 *   head | modules | places | frames | verdicts | callers | texts | calls
 *
 * Little-endian, fixed widths, nothing between, but that texts are padded with zeros to 8 bytes where there are
 * calls: these are whatever is left, and older blocks end with the texts. A text is its offset in the texts, where each ends with 0; 0 is no text. */
#ifndef RESOLVED_FORMAT_H
#define RESOLVED_FORMAT_H

#include <stdint.h>

enum { RESOLVED_BUILD_ID = 32 };

struct resolved_head {
    uint64_t modules, places, frames, verdicts, callers, texts; /* how many there are; bytes of texts */
};

struct resolved_module {
    uint32_t path;
    uint32_t build_id_length;
    uint8_t build_id[RESOLVED_BUILD_ID];
};

enum resolved_flag { RESOLVED_EXACT = 1, RESOLVED_TRAMPOLINE = 2 };

struct resolved_place {
    uint64_t offset;      /* in the module */
    uint32_t module;      /* from 1 on */
    uint32_t flags;       /* enum resolved_flag, or-ed */
    uint32_t first_frame; /* from 0 on */
    uint32_t frame_count; /* 0: only that it is a trampoline is known */
};

struct resolved_frame {
    uint32_t function, symbol, file, language; /* texts */
    int32_t line;
    uint16_t is_inlined;
    uint16_t column; /* 0: not known, as in all files that were written before there was one, or too large */
};

struct resolved_verdict {
    uint64_t where, target;
    uint32_t verdict; /* enum verdict */
    uint32_t frame;   /* of its callers: which one decided */
    uint32_t how, callee, evidence;
    uint32_t is_handed;
    uint32_t first_caller, caller_count;
};

/* What was called in front of a place, and ends in a jump. */
struct resolved_call {
    uint64_t start, end;       /* of that function, in the module */
    uint32_t place;            /* from 0 on; they stand in the order of places, one of each at most */
    uint32_t function, symbol; /* texts */
    uint32_t unused;
};

struct resolved_caller {
    uint64_t offset;
    uint32_t module; /* from 1 on; 0: code made at run time */
    uint32_t unused;
};

#endif
