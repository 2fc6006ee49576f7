/* Jansson's values, which are there or end the program. What is valid UTF-8, Jansson decides. */
#include "value.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

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

json_t *json_value__text(const char *text)
{
    if (text == NULL)
        return json_null();
    json_t *json = strchr(text, '\\') == NULL ? json_string(text) : NULL;
    return json_value__checked(json != NULL ? json : escaped(text));
}

json_t *json_value__number(uint64_t number)
{
    return json_value__checked(json_integer(number > INT64_MAX ? INT64_MAX : (json_int_t)number));
}

/* Jansson gives NULL where memory has run out, and takes NULL for a failure later on. */
json_t *json_value__checked(json_t *json)
{
    if (json == NULL)
        heap__ran_out();
    return json;
}

json_t *json_value__finite(double value)
{
    return isfinite(value) ? json_value__checked(json_real(value)) : json_null();
}

void json_value__set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        heap__ran_out();
}

void json_value__append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        heap__ran_out();
}
