/* What the text report says of a finding, piece by piece. */
#include "telling.h"

#include <stdlib.h>
#include <string.h>

#include "../heap.h"
#include "../stacks.h"

enum { INDENT = 2 };

struct piece {
    char *text;
    size_t length;
};

void telling__begin(struct telling *telling, const struct report *report, const struct report_options *options,
                    void (*write_text)(FILE *out, const char *text))
{
    telling->options = *options;
    telling->full = options->full;
    telling->options.color = false;
    telling->options.full = true;
    telling->page = (struct page){.report = report, .options = &telling->options, .write_text = write_text};
}

static void begin(struct telling *telling, struct piece *piece)
{
    telling->page.out = open_memstream(&piece->text, &piece->length);
    if (telling->page.out == NULL)
        heap__ran_out();
}

static char *end(struct telling *telling, struct piece *piece)
{
    if (fclose(telling->page.out) != 0)
        heap__ran_out();
    telling->page.out = NULL;
    return piece->text;
}

/* Takes the text's indentation from each line, in place. */
static char *without_indent(char *text)
{
    char *out = text;
    for (const char *in = text; *in != '\0';) {
        size_t length = strcspn(in, "\n") + 1, skipped = strspn(in, " ");
        skipped = skipped > INDENT ? INDENT : skipped;
        if (in[length - 1] == '\0')
            length--;
        memmove(out, in + skipped, length - skipped);
        out += length - skipped;
        in += length;
    }
    *out = '\0';
    return text;
}

char *telling__headline(struct telling *telling, const struct finding *finding)
{
    struct piece piece;
    begin(telling, &piece);
    page__headline(&telling->page, finding);
    return end(telling, &piece);
}

char *telling__particulars(struct telling *telling, const struct finding *finding)
{
    struct piece piece;
    begin(telling, &piece);
    page__particulars(&telling->page, finding);
    return without_indent(end(telling, &piece));
}

char *telling__stack(struct telling *telling, const struct finding *finding, const struct stack *stack)
{
    const struct report *report = telling->page.report;
    const char *program = finding->process_count > 0 ? base_name(report->processes[finding->processes[0]].exe) : "?";
    struct piece piece;
    begin(telling, &piece);
    if (stack != NULL)
        page__stack(&telling->page, stack, "", program);
    return end(telling, &piece);
}

char *telling__totals(struct telling *telling)
{
    struct piece piece;
    begin(telling, &piece);
    page__totals(&telling->page);
    return end(telling, &piece);
}

static char *about_processes(struct telling *telling, void (*write)(const struct page *page))
{
    struct piece piece;
    telling->options.full = telling->full;
    begin(telling, &piece);
    write(&telling->page);
    telling->options.full = true;
    return end(telling, &piece);
}

char *telling__shortcomings(struct telling *telling)
{
    return about_processes(telling, page__shortcomings);
}

char *telling__processes(struct telling *telling)
{
    return about_processes(telling, page__processes);
}

size_t telling__shown(const struct telling *telling, size_t usual)
{
    size_t count = telling->page.report->finding_count;
    size_t top = telling->options.top_is_given ? telling->options.top : usual;
    return top > 0 && top < count ? top : count;
}
