/* The formats of trends. */
#include "format.h"

#include <string.h>

static const struct trend_format formats[] = {
    {"text", trend_text__print, true},
    {"json", trend_json__print, false},
    {"markdown", trend_markdown__print, false},
    {"html", trend_html__print, false},
};

enum { FORMATS = sizeof formats / sizeof formats[0], NAMES = 64 };

const struct trend_format *trend_format__find(const char *name)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

const char *trend_format__names(void)
{
    static char names[NAMES];
    size_t length = 0;
    for (size_t i = 0; i < FORMATS; i++)
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", i > 0 ? ", " : "", formats[i].name);
    return names;
}
