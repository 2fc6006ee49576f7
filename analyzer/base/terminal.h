/* The terminal that something is shown on. */
#ifndef LEAKWATCH_BASE_TERMINAL_H
#define LEAKWATCH_BASE_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

/* Its columns; 0: it is no terminal, or does not know. */
size_t terminal__columns(FILE *out);
/* What people have set says that they read UTF-8. */
bool terminal__is_utf8(void);

#endif
