/* Names of functions as the source has them, and patterns for them. */
#include "names.h"

#include <string.h>

/* A backtracking that goes back to the last * alone: an earlier one can take nothing that a later one could not. */
bool lw_pattern_fits(const char *pattern, size_t length, const char *text)
{
    const char *end = pattern + length, *star = NULL, *resume = NULL;
    while (*text) {
        if (pattern < end && *pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (pattern < end && (*pattern == '?' || *pattern == *text)) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++resume;
        } else
            return false;
    }
    while (pattern < end && *pattern == '*')
        pattern++;
    return pattern == end;
}

/* foo.part.0, foo.constprop.0, foo@@VERSION_1: foo. */
static size_t plain_length(const char *symbol, size_t length)
{
    for (size_t i = 1; i < length; i++)
        if (symbol[i] == '.' || symbol[i] == '@')
            return i;
    return length;
}

void lw_function_name(struct lw_function_name *name, const char *symbol, size_t length)
{
    length = plain_length(symbol, length);
    if (length > 2 && memcmp(symbol, "_Z", 2) == 0 && lw_unmangle(name, symbol, length))
        return;
    name->identifier = 0;
    name->length = length < sizeof name->text ? length : sizeof name->text - 1;
    memcpy(name->text, symbol, name->length);
    name->text[name->length] = 0;
}
