/* LeakSanitizer's way to match: an unanchored substring with *, ^ and $. */
#include "pattern.h"

#include <string.h>

/* The first place at or after `text` where the piece stands; at the end of the text only, if `to_end`. */
static const char *find_piece(const char *text, const char *piece, size_t length, bool to_end)
{
    size_t rest = strlen(text);
    if (rest < length)
        return NULL;
    if (!to_end)
        return length == 0 ? text : memmem(text, rest, piece, length);
    const char *last = text + rest - length;
    return memcmp(last, piece, length) == 0 ? last : NULL;
}

bool pattern__matches(const char *pattern, const char *text)
{
    bool at_start = pattern[0] == '^';
    for (pattern += at_start;; at_start = false) {
        size_t length = strcspn(pattern, "*");
        bool is_last = pattern[length] == '\0';
        bool to_end = is_last && length > 0 && pattern[length - 1] == '$';
        size_t wanted = length - to_end;
        if (at_start && (strncmp(text, pattern, wanted) != 0 || (to_end && text[wanted] != '\0')))
            return false;
        const char *found = at_start ? text : find_piece(text, pattern, wanted, to_end);
        if (found == NULL || is_last)
            return found != NULL;
        text = found + wanted;
        pattern += length + 1;
    }
}
