/* Any bytes as a JSON string. What is valid UTF-8, Jansson decides. */
#include "json_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../heap.h"

enum { LONGEST_CHARACTER = 4, LONGEST_PIECE = 4 /* \xNN */ };

static bool is_valid(const char *text, size_t length)
{
    json_t *json = json_stringn(text, length);
    json_decref(json);
    return json != NULL;
}

/* The length of the character that the text begins with; 0 where it is none. */
static size_t character_length(const char *text, size_t left)
{
    for (size_t length = 1; length <= LONGEST_CHARACTER && length <= left; length++)
        if (is_valid(text, length))
            return length;
    return 0;
}

static json_t *escaped(const char *text)
{
    size_t left = strlen(text);
    char *valid = heap__zeroed(LONGEST_PIECE * left + 1, 1), *out = valid;
    while (left > 0) {
        size_t length = character_length(text, left);
        if (length == 0)
            out += sprintf(out, "\\x%02x", (unsigned char)*text);
        else if (*text == '\\')
            *out++ = '\\';
        if (length > 0)
            out = mempcpy(out, text, length);
        text += length ? length : 1;
        left -= length ? length : 1;
    }
    json_t *json = json_string(valid);
    free(valid);
    return json;
}

json_t *json_text__new(const char *text)
{
    if (text == NULL)
        return json_null();
    json_t *json = strchr(text, '\\') == NULL ? json_string(text) : NULL;
    if (json == NULL)
        json = escaped(text);
    if (json == NULL)
        heap__ran_out();
    return json;
}
