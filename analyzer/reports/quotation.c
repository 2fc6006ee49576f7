/* What the text report says of a finding, piece by piece. */
#include "quotation.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "reports/text/story.h"
#include "reports/text/sums.h"
#include "source/path.h"
#include "symbol/stacks.h"

enum { INDENT = 2 };

struct piece {
    char *text;
    size_t length;
};

void quotation__begin(struct quotation *quotation, const struct report *report, const struct report_options *options,
                      void (*write_text)(FILE *out, const char *text), void (*write_words)(FILE *out, const char *text))
{
    quotation->options = *options;
    quotation->full = options->full;
    quotation->options.color = false;
    quotation->options.full = true;
    quotation->page = (struct page){
        .report = report, .options = &quotation->options, .write_text = write_text, .write_words = write_words};
}

static void begin(struct quotation *quotation, struct piece *piece)
{
    quotation->page.out = open_memstream(&piece->text, &piece->length);
    if (quotation->page.out == NULL)
        heap__ran_out();
}

static char *end(struct quotation *quotation, struct piece *piece)
{
    if (fclose(quotation->page.out) != 0)
        heap__ran_out();
    quotation->page.out = NULL;
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

char *quotation__headline(struct quotation *quotation, const struct finding *finding)
{
    struct piece piece;
    begin(quotation, &piece);
    page__headline(&quotation->page, finding);
    return end(quotation, &piece);
}

char *quotation__particulars(struct quotation *quotation, const struct finding *finding)
{
    struct piece piece;
    begin(quotation, &piece);
    if (text_story__tells(finding) && finding->scope != NULL) {
        fputs("  in scope ", quotation->page.out);
        page__text(&quotation->page, finding->scope);
        putc('\n', quotation->page.out);
    }
    page__particulars(&quotation->page, finding);
    return without_indent(end(quotation, &piece));
}

char *quotation__stack(struct quotation *quotation, const struct finding *finding, const struct stack *stack)
{
    const struct report *report = quotation->page.report;
    const char *program = finding->process_count > 0 ? base_name(report->processes[finding->processes[0]].exe) : "?";
    struct piece piece;
    begin(quotation, &piece);
    if (stack != NULL)
        page__stack(&quotation->page, stack, "", program);
    return end(quotation, &piece);
}

char *quotation__all_stacks(struct quotation *quotation, const struct finding *finding)
{
    struct titled_stack stacks[TITLED_STACKS];
    size_t count = titled_stacks__of(finding, stacks);
    char *all = heap__copied("");
    for (size_t i = 0; i < count; i++) {
        char *before = all, *lines = quotation__stack(quotation, finding, stacks[i].stack);
        all = heap__printed("%s%s:\n%s", before, facts__kind(stacks[i].as)->title, lines);
        free(lines);
        free(before);
    }
    return all;
}

char *quotation__totals(struct quotation *quotation)
{
    struct piece piece;
    begin(quotation, &piece);
    page__totals(&quotation->page);
    return end(quotation, &piece);
}

static char *about_processes(struct quotation *quotation, void (*write)(const struct page *page))
{
    struct piece piece;
    quotation->options.full = quotation->full;
    begin(quotation, &piece);
    write(&quotation->page);
    quotation->options.full = true;
    return end(quotation, &piece);
}

char *quotation__shortcomings(struct quotation *quotation)
{
    return about_processes(quotation, page__shortcomings);
}

static void put_processes(const struct page *page)
{
    page__processes(page);
    text_sums__put(page);
}

static void put_rest(const struct page *page)
{
    page__shortcomings(page);
    text_sums__put(page);
}

char *quotation__every_process(struct quotation *quotation)
{
    struct piece piece;
    begin(quotation, &piece);
    page__every_process(&quotation->page);
    return end(quotation, &piece);
}

char *quotation__every_shortcoming(struct quotation *quotation)
{
    struct piece piece;
    begin(quotation, &piece);
    put_rest(&quotation->page);
    return end(quotation, &piece);
}

char *quotation__processes(struct quotation *quotation)
{
    return about_processes(quotation, put_processes);
}

size_t quotation__shown(const struct quotation *quotation, size_t usual)
{
    size_t count = quotation->page.report->finding_count;
    size_t top = quotation->options.top_is_given ? quotation->options.top : usual;
    return top > 0 && top < count ? top : count;
}
