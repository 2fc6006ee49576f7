/* Text as XML and HTML hold it. */
#include "markup.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"

static const struct entity {
    char character;
    const char *text;
} entities[] = {
    {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"},
};

static const char *entity_of(char character)
{
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++)
        if (entities[i].character == character)
            return entities[i].text;
    return NULL;
}

void markup__lines(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        const char *entity = entity_of(*text);
        if (entity != NULL)
            fputs(entity, out);
        else
            putc(*text, out);
    }
}

void markup__text(FILE *out, const char *text)
{
    char *safe = escape__new(text, strlen(text));
    markup__lines(out, safe);
    free(safe);
}
