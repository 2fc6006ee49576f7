/* The worst findings as GitHub Actions' workflow commands: annotations at the lines of a change.
 *
 * DESIGN. A command is one line of the log. What would end it or one of its properties is written as %XX, which GitHub
 * takes back. GitHub shows ten annotations of a kind for a step and drops the others without a word, so that usually no
 * more than the ten worst findings are written, and a last command says how many there are besides. */
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/words.h"
#include "model/kinds.h"
#include "place.h"
#include "quotation.h"

enum { ANNOTATIONS = 10 };

static const char *const commands[LEVELS] = {
    [LEVEL_NOTE] = "notice",
    [LEVEL_WARNING] = "warning",
    [LEVEL_ERROR] = "error",
};

/* Of a message only the first three need it, of a property all. */
static void put_escaped(FILE *out, const char *text, const char *special)
{
    for (; *text != '\0'; text++) {
        if (strchr(special, *text) != NULL)
            fprintf(out, "%%%02X", (unsigned char)*text);
        else
            putc(*text, out);
    }
}

static void put_message(FILE *out, const char *text)
{
    put_escaped(out, text, "%\r\n");
}

static void put_property(FILE *out, const char *text)
{
    put_escaped(out, text, "%\r\n:,");
}

static void put_place(FILE *out, const struct place *place)
{
    if (!place->is_source)
        return;
    char *path = escape__new(place->path, strlen(place->path));
    fputs("file=", out);
    put_property(out, path);
    free(path);
    if (place->line > 0)
        fprintf(out, ",line=%d", place->line);
    putc(',', out);
}

/* Without the last line's end. */
static void put_lines(FILE *out, const char *separator, char *lines)
{
    size_t length = strlen(lines);
    if (length > 0 && lines[length - 1] == '\n')
        lines[--length] = '\0';
    if (length > 0)
        put_message(out, separator);
    put_message(out, lines);
}

static void put_finding(struct quotation *quotation, FILE *out, const struct finding *finding)
{
    struct place place = place__of_finding(finding, &quotation->options);
    char *texts[] = {quotation__headline(quotation, finding), quotation__particulars(quotation, finding),
                     quotation__all_stacks(quotation, finding)};
    fprintf(out, "::%s ", commands[finding->level]);
    put_place(out, &place);
    fputs("title=leakwatch ", out);
    put_property(out, finding->kind->name);
    fputs("::", out);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        put_lines(out, i > 0 ? "\n" : "", texts[i]);
        free(texts[i]);
    }
    putc('\n', out);
}

void github__print(FILE *out, const struct report *report, const struct report_options *options)
{
    struct quotation quotation;
    quotation__begin(&quotation, report, options, NULL, NULL);
    size_t count = quotation__shown(&quotation, ANNOTATIONS);
    for (size_t i = 0; i < count; i++)
        put_finding(&quotation, out, &report->findings[i]);
    if (count < report->finding_count) {
        char *totals = quotation__totals(&quotation);
        fprintf(out, "::notice title=leakwatch::%zu more %s; in all ", report->finding_count - count,
                words__plural(report->finding_count - count, "finding", "findings"));
        put_message(out, totals);
        putc('\n', out);
        free(totals);
    }
}
