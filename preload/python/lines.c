/* Line tables, as each version has them, and lines of the ledger. */
#include "lines.h"

#include <string.h>

#include "ledger/ledger.h"
#include "texts.h"

enum { TABLE_SIZE = 16, TABLE_BYTES = 32 }; /* of an object of bytes */

/* ---- Up to 3.9: steps of (bytes, lines) ---- */

static uint32_t line_of_steps(const uint8_t *at, const uint8_t *end, int64_t line, uint32_t wanted)
{
    for (uint32_t address = 0; end - at >= 2; at += 2) {
        address += at[0];
        if (address > wanted)
            break;
        line += (int8_t)at[1];
    }
    return line > 0 ? (uint32_t)line : 0;
}

/* ---- 3.10: ranges of (bytes, lines from the one before) ---- */

static uint32_t line_of_ranges(const uint8_t *at, const uint8_t *end, int64_t line, uint32_t wanted)
{
    enum { NO_LINE = -128 };
    for (uint32_t address = 0; end - at >= 2; at += 2) {
        int8_t step = (int8_t)at[1];
        line += step == NO_LINE ? 0 : step;
        address += at[0];
        if (wanted < address)
            return step != NO_LINE && line > 0 ? (uint32_t)line : 0;
    }
    return 0;
}

/* ---- From 3.11 on: entries of a byte that says which form and how many units of code, and what the form has ---- */

struct cursor {
    const uint8_t *at, *end;
};

static uint32_t number(struct cursor *cursor)
{
    uint32_t value = 0, byte = 64;
    for (uint32_t shift = 0; byte & 64 && cursor->at < cursor->end; shift += 6) {
        byte = *cursor->at++;
        value |= shift < 32 ? (byte & 63) << shift : 0;
    }
    return value;
}

static int64_t signed_number(struct cursor *cursor)
{
    uint32_t value = number(cursor);
    return value & 1 ? -(int64_t)(value >> 1) : (int64_t)(value >> 1);
}

static uint32_t line_of_entries(const uint8_t *at, const uint8_t *end, int64_t line, uint32_t wanted)
{
    enum { NOTHING = 15, LONG = 14, WITHOUT_COLUMNS = 13, ONE_LINE = 10 };
    struct cursor cursor = {at, end};
    for (uint32_t unit = 0; cursor.at < end;) {
        uint32_t head = *cursor.at++, form = head >> 3 & 15;
        if (form == LONG || form == WITHOUT_COLUMNS)
            line += signed_number(&cursor);
        for (int more = 0; form == LONG && more < 3; more++)
            number(&cursor);
        if (form >= ONE_LINE && form < WITHOUT_COLUMNS) {
            line += form - ONE_LINE;
            cursor.at += 2;
        } else if (form < ONE_LINE)
            cursor.at++;
        unit += (head & 7) + 1;
        if (wanted / 2 < unit)
            return form != NOTHING && line > 0 ? (uint32_t)line : 0;
    }
    return 0;
}

uint32_t lw_python_line_in(uint32_t minor, const uint8_t *table, size_t size, uint32_t first_line, uint32_t at)
{
    if ((int32_t)at < 0)
        return first_line; /* it has not begun */
    if (minor <= 9)
        return line_of_steps(table, table + size, first_line, at);
    return (minor == 10 ? line_of_ranges : line_of_entries)(table, table + size, first_line, at);
}

/* ---- A frame ---- */

bool lw_python_is_code(uint64_t code)
{
    return code && code % 8 == 0 && LW_FIELD_OF(uint64_t, code, 8) == lw_python.code_type;
}

/* How far it is, in bytes of its code. */
static uint32_t place_of(const struct lw_python_frame *frame)
{
    const struct lw_python_layout *layout = &lw_python.layout;
    uint64_t instruction = frame->instruction & ~(uint64_t)LW_PYTHON_ENTRY;
    if (layout->way == WAY_OBJECTS) /* up to 3.9 in bytes, in 3.10 in units of two */
        return layout->minor == 10 ? (uint32_t)instruction : (uint32_t)(instruction >> 1);
    return (uint32_t)(instruction - (frame->code + layout->code_bytes));
}

static uint32_t line_of(const struct lw_python_frame *frame)
{
    const struct lw_python_layout *layout = &lw_python.layout;
    uint64_t table = LW_FIELD_OF(uint64_t, frame->code, layout->code_lines);
    return lw_python_line_in(layout->minor, (const uint8_t *)(table + TABLE_BYTES),
                             LW_FIELD_OF(uint64_t, table, TABLE_SIZE),
                             LW_FIELD_OF(uint32_t, frame->code, layout->code_first_line), place_of(frame));
}

size_t lw_python_function(uint64_t code, char *to, size_t room)
{
    const struct lw_python_layout *layout = &lw_python.layout;
    uint32_t field = layout->code_qualified ? layout->code_qualified : layout->code_name;
    return lw_python_text(to, room, LW_FIELD_OF(uint64_t, code, field));
}

/* Up to 3.10 who waits for another generator stands before the instruction that does so; in 3.13 behind it. */
bool lw_python_yields(const struct lw_python_frame *frame)
{
    enum { UNIT = 2 };
    const struct lw_python_layout *layout = &lw_python.layout;
    uint64_t at = frame->instruction & ~(uint64_t)LW_PYTHON_ENTRY;
    if (layout->way == WAY_OBJECTS) {
        uint64_t bytes = LW_FIELD_OF(uint64_t, frame->code, layout->code_bytes) + TABLE_BYTES + place_of(frame);
        return LW_FIELD_OF(uint8_t, bytes, 0) == layout->yield ||
               LW_FIELD_OF(uint8_t, bytes, UNIT) == layout->traced_yield;
    }
    uint8_t here = LW_FIELD_OF(uint8_t, at, 0), before = LW_FIELD_OF(uint8_t, at - UNIT, 0);
    return here == layout->yield || here == layout->traced_yield || before == layout->yield ||
           before == layout->traced_yield;
}

static uint32_t name_of(uint64_t code, uint32_t field)
{
    char text[LW_LINE_TEXT];
    size_t length = lw_python_text(text, sizeof text, LW_FIELD_OF(uint64_t, code, field));
    return lw_name(text, length);
}

uint32_t lw_python_line(const struct lw_python_frame *frame)
{
    const struct lw_python_layout *layout = &lw_python.layout;
    struct lw_line line = {.line = line_of(frame), .language = LW_PYTHON};
    if (lw_lines_have_room()) {
        line.function = name_of(frame->code, layout->code_qualified ? layout->code_qualified : layout->code_name);
        line.file = name_of(frame->code, layout->code_file);
    }
    return lw_line(&line);
}
