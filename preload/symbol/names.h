/* What a function's symbol is called in the source, and whether a pattern means it. */
#ifndef LW_NAMES_H
#define LW_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#pragma GCC visibility push(hidden)

#define LW_FUNCTION_TEXT 512 /* room that is enough for a name; longer ones keep their mangled form */

struct lw_function_name {
    char text[LW_FUNCTION_TEXT]; /* qualified, without arguments: "net::Server::handle_request" */
    size_t length;
    size_t identifier; /* where the last part begins: "handle_request" */
};

/* Names of C are what the symbol says, without what compilers and version scripts append; those of C++ are parsed.
 * What cannot be parsed keeps its mangled form. */
void lw_function_name(struct lw_function_name *name, const char *symbol, size_t length);

/* * stands for any text, ? for any one character. */
bool lw_pattern_fits(const char *pattern, size_t length, const char *text);

/* ---- mangled.c ---- */

/* A symbol of C++, "_Z…"; false: it cannot be parsed, or is not that of a function. */
bool lw_unmangle(struct lw_function_name *name, const char *symbol, size_t length);

#pragma GCC visibility pop

#endif
