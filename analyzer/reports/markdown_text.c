/* Text as Markdown holds it. */
#include "markdown_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"

size_t markdown_text__backticks(const char *text)
{
    size_t longest = 0;
    while (*text != '\0') {
        size_t length = strspn(text, "`");
        longest = length > longest ? length : longest;
        text += length;
        text += strcspn(text, "`");
    }
    return longest;
}

void markdown_text__fence(FILE *out, size_t length)
{
    while (length-- > 0)
        putc('`', out);
}

/* One space within each end of a code span is taken away by whoever reads it. */
void markdown_text__code(FILE *out, const char *text)
{
    char *safe = escape__new(text, strlen(text));
    size_t length = strlen(safe), fence = markdown_text__backticks(safe) + 1;
    if (length > 0) {
        bool is_padded = strchr("` ", safe[0]) != NULL || strchr("` ", safe[length - 1]) != NULL;
        markdown_text__fence(out, fence);
        fprintf(out, "%s%s%s", is_padded ? " " : "", safe, is_padded ? " " : "");
        markdown_text__fence(out, fence);
    }
    free(safe);
}

void markdown_text__words(FILE *out, const char *text)
{
    char *safe = escape__new(text, strlen(text));
    for (const char *at = safe; *at != '\0'; at++) {
        if (strchr("\\`*_[]<>#|~&", *at) != NULL)
            putc('\\', out);
        putc(*at, out);
    }
    free(safe);
}
