/* Texts and addresses as SARIF wants them. */
#include "text.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "json/value.h"

enum { LONGEST_PIECE = 3 }; /* %XX */

/* Braces are placeholders unless doubled, and "[text](address)" is a link unless its bracket is escaped. */
static char *escaped(const char *text)
{
    char *escaped = heap__zeroed(2 * strlen(text) + 1, 1), *out = escaped;
    for (; *text != '\0'; text++) {
        if (*text == '{' || *text == '}')
            *out++ = *text;
        else if (text[0] == ']' && text[1] == '(')
            *out++ = '\\';
        *out++ = *text;
    }
    return escaped;
}

json_t *sarif_text__message(const char *text)
{
    char *safe = escaped(text);
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "text", json_value__checked(json_string(safe)));
    free(safe);
    return json;
}

static char *encoded(const char *path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    char *encoded = heap__zeroed(LONGEST_PIECE * strlen(path) + 1, 1), *out = encoded;
    for (; *path != '\0'; path++) {
        if (strchr(plain, *path) != NULL)
            *out++ = *path;
        else
            out += sprintf(out, "%%%02X", (unsigned char)*path);
    }
    return encoded;
}

static json_t *uri(const char *path, const char *end)
{
    char *bytes = encoded(path), *text = heap__printed("%s%s%s", path[0] == '/' ? "file://" : "", bytes, end);
    json_t *json = json_value__checked(json_string(text));
    free(text);
    free(bytes);
    return json;
}

json_t *sarif_text__uri(const char *path)
{
    return uri(path, "");
}

json_t *sarif_text__directory_uri(const char *path)
{
    size_t length = strlen(path);
    return uri(path, length > 0 && path[length - 1] == '/' ? "" : "/");
}
