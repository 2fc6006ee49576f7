/* The formats of reports. */
#include "format.h"

#include <string.h>

static const struct report_format formats[] = {
    {"text", text__print, true},
    {"json", json__print, false},
    {"sarif", sarif__print, false},
    {"junit", junit__print, false},
    {"codequality", codequality__print, false},
    {"github", github__print, false},
    {"markdown", markdown__print, false},
    {"html", html__print, false},
    {"suppressions", proposals__print, false},
};

enum { FORMATS = sizeof formats / sizeof formats[0], NAMES = 128 };

const struct report_format *report_format__get(size_t number)
{
    return number < FORMATS ? &formats[number] : NULL;
}

const struct report_format *report_format__find(const char *name)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

const char *report_format__names(void)
{
    static char names[NAMES];
    size_t length = 0;
    for (size_t i = 0; i < FORMATS; i++)
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", i > 0 ? ", " : "", formats[i].name);
    return names;
}
