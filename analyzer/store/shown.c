/* Texts of programs as a store has them. */
#include "shown.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"

char *shown__new(const char *text)
{
    return escape__new(text ? text : "", text ? strlen(text) : 0);
}

char *shown__own(char *text)
{
    char *escaped = shown__new(text);
    free(text);
    return escaped;
}
