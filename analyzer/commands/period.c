/* Lengths of time, as options name them. */
#include "period.h"

#include <stdlib.h>
#include <string.h>

#define CENTURY (36525.0 * 86400)

static const struct unit {
    const char *name;
    double seconds;
} units[] = {{"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86400}, {"w", 604800}};

bool period__parse(const char *text, double *seconds)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    double number = strtod(text, &end);
    if (end != text + strspn(text, "0123456789.")) /* it reads 0x10 and 1e3, too */
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(end, units[i].name) != 0)
            continue;
        *seconds = number * units[i].seconds;
        return *seconds > 0 && *seconds <= CENTURY;
    }
    return false;
}
