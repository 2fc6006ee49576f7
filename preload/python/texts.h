/* Texts of the interpreter's. */
#ifndef LW_PYTHON_TEXTS_H
#define LW_PYTHON_TEXTS_H

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/* As UTF-8, how many bytes; "?" where it is no text. */
size_t lw_python_text(char *to, size_t room, uint64_t text);

#pragma GCC visibility pop

#endif
