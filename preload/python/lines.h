/* What a frame is called: its function, file and line, in the ledger. */
#ifndef LW_PYTHON_LINES_H
#define LW_PYTHON_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frames.h"

#pragma GCC visibility push(hidden)

/* Is it code? What else a frame may have there, while it is made, is none of a program's. */
bool lw_python_is_code(uint64_t code);
/* What its function is called, qualified where that is known: how long it is. */
size_t lw_python_function(uint64_t code, char *to, size_t room);
/* Is it at an instruction by which a generator comes back to its caller, and may go on later? */
bool lw_python_yields(const struct lw_python_frame *frame);
/* The number of its line among those of the ledger; 0: there is no room. */
uint32_t lw_python_line(const struct lw_python_frame *frame);

/* ---- parts of it, which can be tested without an interpreter ---- */

/* The line of the instruction at that byte in a table as that version has them; 0: none. */
uint32_t lw_python_line_in(uint32_t minor, const uint8_t *table, size_t size, uint32_t first_line, uint32_t at);
/* A text of characters of `width` bytes as UTF-8: how many bytes, at most `room`; whole characters only. Lone surrogates
 * stand for bytes that were no UTF-8, and become them again. */
size_t lw_python_utf8(char *to, size_t room, const void *characters, size_t count, unsigned width);

#pragma GCC visibility pop

#endif
