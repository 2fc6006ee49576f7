/* Symbols to readable names. */
#include "demangle.h"

#include <libiberty/demangle.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

/* What gcc and clang append to the symbol of a copy, a part or a cold half of a function; numbers may follow. */
static const char *const suffixes[] = {".isra",     ".part",       ".constprop", ".cold", ".llvm",
                                       ".lto_priv", ".localalias", ".warm",      ".hot",  ".__uniq"};

static bool is_suffix(const char *dot)
{
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        size_t length = strlen(suffixes[i]);
        if (strncmp(dot, suffixes[i], length) == 0 && (dot[length] == '.' || dot[length] == '\0'))
            return true;
    }
    return false;
}

/* The length of the symbol without suffixes. A dot at the very beginning belongs to the name. */
static size_t original_length(const char *symbol)
{
    for (const char *dot = strchr(symbol, '.'); dot != NULL; dot = strchr(dot + 1, '.'))
        if (dot != symbol && is_suffix(dot))
            return (size_t)(dot - symbol);
    return strlen(symbol);
}

/* The symbol without what the compiler appended to a copy of the function. */
static const char *original_of(struct pool *pool, const char *symbol)
{
    if (symbol == NULL)
        return NULL;
    char *copy = heap__copied(symbol);
    copy[original_length(symbol)] = '\0';
    const char *text = pool__text(pool, copy);
    free(copy);
    return text;
}

const char *demangle__function(struct pool *pool, const char *symbol)
{
    const char *original = original_of(pool, symbol);
    if (original == NULL || (original[0] != '_' && original[0] != '.'))
        return original;
    char *name = cplus_demangle(original, DMGL_AUTO | DMGL_ANSI);
    if (name == NULL)
        return original;
    const char *text = pool__text(pool, name);
    free(name);
    return text;
}
