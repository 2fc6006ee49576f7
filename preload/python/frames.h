/* The Python frames of the running thread, innermost first: a few loads each.
 *
 * A frame keeps its code alive, and only its own thread adds and takes frames, so what is followed is there. Code objects
 * come and go, and one may stand where another stood: each has an identity, by which remembered ones are told apart.
 *
 * Which layout it is, is a parameter: where that is known to the compiler, offsets are part of the instructions. */
#ifndef LW_PYTHON_FRAMES_H
#define LW_PYTHON_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "find.h"

#define LW_PYTHON_FRAMES 64u /* that many are told */
#define LW_OWNER_C 3u
#define LW_PYTHON_KEY (1ULL << 63) /* no word of a frame has that bit: see stack/memos.h */

struct lw_python_frame {
    uint64_t code;        /* 0: a frame of no code: those that follow are of another evaluation */
    uint64_t instruction; /* where it is, and LW_PYTHON_ENTRY; of no code: the frame itself, which is on the C stack */
    uint64_t identity;    /* of the code, among those that this address had */
};
#define LW_PYTHON_ENTRY 1u /* those that follow are of another evaluation */

#define LW_FIELD_OF(type, object, offset) (*(const type *)((uint64_t)(object) + (offset)))

static inline uint64_t lw_rotated(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

/* No difference of one thing may make up for that of another: addresses of neighbours differ in few bits. */
static inline uint64_t lw_python_mix(uint64_t mark, uint64_t word)
{
    return (lw_rotated(mark, 29) ^ word) * 0x9E3779B97F4A7C15ULL;
}

/* What a text says: all of it, as names that are made up may differ anywhere; of a very long one both ends. By words, as
 * texts begin on one: beyond the end of the last is no other page. */
static inline uint64_t lw_python_mark_of(uint64_t begin, uint64_t length)
{
    enum { WORD = 8, END = 256 };
    uint64_t mark = length, whole = begin + length / WORD * WORD;
    for (uint64_t at = begin; at < whole; at += WORD) {
        if (at == begin + END && at < whole - END)
            at = whole - END;
        mark = lw_python_mix(mark, LW_FIELD_OF(uint64_t, at, 0));
    }
    if (length % WORD)
        mark = lw_python_mix(mark, LW_FIELD_OF(uint64_t, whole, 0) & ((1ULL << length % WORD * 8) - 1));
    return mark;
}

/* What is of a class of its own has its characters elsewhere, and is not read. */
static inline __attribute__((always_inline)) uint64_t lw_python_mark(const struct lw_python_layout *layout,
                                                                     uint64_t text)
{
    uint32_t state = LW_FIELD_OF(uint32_t, text, 32);
    uint32_t bytes = state >> 2 & 7; /* of a character */
    bool is_compact = state >> 5 & 1, is_ascii = state >> 6 & 1;
    uint64_t begin = text + (is_ascii ? layout->text_ascii : layout->text_other);
    return is_compact ? lw_python_mark_of(begin, LW_FIELD_OF(uint64_t, text, 16) * bytes) : 0;
}

/* Both ends of a table of lines: the same text with one line more has another
 * table, and all else may be equal. */
static inline __attribute__((always_inline)) uint64_t lw_python_ends(uint64_t table)
{
    enum { SIZE = 16, BYTES = 32 };
    uint64_t size = LW_FIELD_OF(uint64_t, table, SIZE);
    if (size >= 8)
        return size ^ lw_rotated(LW_FIELD_OF(uint64_t, table, BYTES), 9) ^
               LW_FIELD_OF(uint64_t, table, BYTES + size - 8);
    if (size >= 4)
        return size ^ (uint64_t)LW_FIELD_OF(uint32_t, table, BYTES) << 24 ^
               LW_FIELD_OF(uint32_t, table, BYTES + size - 4);
    return size >= 2 ? size ^ (uint64_t)LW_FIELD_OF(uint16_t, table, BYTES) << 24 : size;
}

/* A file, and what its name says: neighbours often share one. */
struct lw_python_file {
    uint64_t text, mark;
};

/* Since 3.12 code objects are numbered, until the numbers are used up. */
static inline __attribute__((always_inline)) uint64_t lw_python_identity(const struct lw_python_layout *layout,
                                                                         struct lw_python_file *last, uint64_t code)
{
    enum { TEXT_HASH = 24 };
    uint32_t version = layout->code_version ? LW_FIELD_OF(uint32_t, code, layout->code_version) : 0;
    if (version)
        return version;
    uint64_t file = LW_FIELD_OF(uint64_t, code, layout->code_file);
    uint64_t name = LW_FIELD_OF(uint64_t, code, layout->code_name);
    uint64_t table = LW_FIELD_OF(uint64_t, code, layout->code_lines);
    if (file != last->text)
        *last = (struct lw_python_file){file, lw_python_mark(layout, file)};
    uint64_t word = lw_python_mix(last->mark ^ name, LW_FIELD_OF(uint64_t, name, TEXT_HASH)); /* names have one */
    word = lw_python_mix(word ^ file, table);
    return lw_python_mix(word ^ LW_FIELD_OF(uint32_t, code, layout->code_first_line), lw_python_ends(table)) &
           ~LW_PYTHON_KEY;
}

/* The running thread's state; NULL: it is none of the interpreter's, or that is ending. */
static inline void *lw_python_state(void)
{
    void *(*function)(void) = __atomic_load_n(&lw_python.state, __ATOMIC_ACQUIRE); /* which may become none meanwhile */
    void *state = function ? function() : NULL;
    uint64_t ends = state ? *(const volatile uint64_t *)lw_python.finalizing : 0;
    return ends && ends != (uint64_t)state ? NULL : state;
}

/* Is there a second interpreter in the process? Of versions that have no anchor alone. */
static inline bool lw_python_has_second(void)
{
    enum { FIRST = 32, NEXT = 0 };
    uint64_t first = LW_FIELD_OF(uint64_t, lw_python.runtime, FIRST);
    return first && LW_FIELD_OF(uint64_t, first, NEXT);
}

/* The innermost frame; 0: there is none. */
static inline uint64_t lw_python_innermost(const void *state)
{
    const struct lw_python_layout *layout = &lw_python.layout;
    uint64_t frame = LW_FIELD_OF(uint64_t, state, layout->state_frame);
    bool is_within = layout->way == WAY_ENTRY || layout->way == WAY_SHIM;
    return is_within && frame ? LW_FIELD_OF(uint64_t, frame, layout->cframe_frame) : frame;
}

/* Has it begun? Before that the interpreter does not tell of a frame: it makes its cells, or the generator that it is of. */
static inline bool lw_python_has_begun(const struct lw_python_layout *layout, uint64_t at,
                                       const struct lw_python_frame *frame)
{
    enum { OF_A_GENERATOR = 1, UNIT = 2 };
    uint32_t owner = layout->frame_entry + (layout->way == WAY_ENTRY ? 1u : 0u);
    if (!layout->code_begins || LW_FIELD_OF(uint8_t, at, owner) == OF_A_GENERATOR)
        return true;
    uint64_t first = frame->code + layout->code_bytes + UNIT * LW_FIELD_OF(uint32_t, frame->code, layout->code_begins);
    return frame->instruction >= first;
}

/* What a frame has, and the next one out; 0: it is the outermost. */
static inline __attribute__((always_inline)) uint64_t lw_python_read(const struct lw_python_layout *layout, uint64_t at,
                                                                     struct lw_python_frame *frame)
{
    uint64_t back = LW_FIELD_OF(uint64_t, at, layout->frame_back);
    if (layout->way >= WAY_SHIM && LW_FIELD_OF(uint8_t, at, layout->frame_entry) == LW_OWNER_C) {
        *frame = (struct lw_python_frame){.instruction = at};
        return back;
    }
    frame->code = LW_FIELD_OF(uint64_t, at, layout->frame_code);
    if (layout->way == WAY_OBJECTS)
        frame->instruction = (uint64_t)LW_FIELD_OF(uint32_t, at, layout->frame_instruction) << 1 | LW_PYTHON_ENTRY;
    else
        frame->instruction = LW_FIELD_OF(uint64_t, at, layout->frame_instruction);
    if (layout->way == WAY_ENTRY && LW_FIELD_OF(uint8_t, at, layout->frame_entry))
        frame->instruction |= LW_PYTHON_ENTRY;
    return back;
}

#endif
