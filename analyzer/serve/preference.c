/* Which of two forms of an answer whoever asks would rather have: the header Accept (RFC 9110, 12.5.1).
 *
 * DESIGN. Only what is needed to choose between two forms is read: ranges with their weights, of which the nearest one
 * counts. That a range wants another version is not looked at: a scraper that names several gets the one that there is. */
#include "preference.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NOT_NAMED, ANYTHING, FAMILY, ITSELF }; /* how near a range is to a type */

struct range {
    const char *text; /* a type, or a star in the place of its last part, or of both */
    size_t length;
    double weight;
};

static const char blanks[] = " \t";

/* By its parameter q, which is 1 where it is not given or is nonsense. */
static double weight_of(const char *parameters, const char *end)
{
    for (const char *at = parameters; (at = memchr(at, ';', (size_t)(end - at))) != NULL;) {
        at += 1 + strspn(at + 1, blanks);
        if (strncasecmp(at, "q=", 2) != 0)
            continue;
        char *after;
        double weight = strtod(at + 2, &after);
        return after > at + 2 && weight >= 0 && weight <= 1 ? weight : 1;
    }
    return 1;
}

/* The one at *at, which goes on behind it; false: there is none left. */
static bool next_range(const char **at, struct range *range)
{
    *at += strspn(*at, " \t,");
    if (**at == '\0')
        return false;
    const char *end = *at + strcspn(*at, ",");
    *range = (struct range){*at, strcspn(*at, ",; \t"), weight_of(*at, end)};
    *at = end;
    return true;
}

static int nearness(const struct range *range, const char *type)
{
    size_t family = (size_t)(strchr(type, '/') - type) + 1;
    if (range->length == strlen(type) && strncasecmp(range->text, type, range->length) == 0)
        return ITSELF;
    if (range->length == family + 1 && range->text[family] == '*' && strncasecmp(range->text, type, family) == 0)
        return FAMILY;
    return range->length == 3 && strncmp(range->text, "*/*", 3) == 0 ? ANYTHING : NOT_NAMED;
}

/* 0: it is not wanted; *nearest says by which range. */
static double weight_for(const char *accept, const char *type, int *nearest)
{
    struct range range;
    double weight = 0;
    *nearest = NOT_NAMED;
    while (next_range(&accept, &range)) {
        int near = nearness(&range, type);
        if (near > *nearest || (near == *nearest && near != NOT_NAMED && range.weight > weight)) {
            *nearest = near;
            weight = range.weight;
        }
    }
    return weight;
}

bool preference__is_for(const char *accept, const char *type, const char *usual)
{
    int named, other;
    if (accept == NULL)
        return false;
    double weight = weight_for(accept, type, &named), of_usual = weight_for(accept, usual, &other);
    return named == ITSELF && weight > 0 && weight >= of_usual;
}
