/* Names of functions as programmers write them. */
#include "call_name.h"

#include <string.h>

static size_t without_endings(const char *call)
{
    static const char *const endings[] = {"_chk", "_2", "64"};
    size_t length = strlen(call);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t ending = strlen(endings[i]);
        if (length > ending && strncmp(call + length - ending, endings[i], ending) == 0)
            length -= ending;
    }
    return length;
}

const char *call_name__written(char text[CALL_NAME], const char *call)
{
    static const char large_trees[] = "fts64_", trees[] = "fts_";
    size_t length = without_endings(call), begin = length > 2 && strncmp(call, "__", 2) == 0 ? 2 : 0, kept = 0;
    if (strncmp(call, large_trees, strlen(large_trees)) == 0) {
        kept = strlen(trees);
        memcpy(text, trees, kept);
        begin = strlen(large_trees);
    }
    length -= begin;
    length = length < CALL_NAME - kept ? length : CALL_NAME - kept - 1;
    memcpy(text + kept, call + begin, length);
    text[kept + length] = '\0';
    return text;
}
