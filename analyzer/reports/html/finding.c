/* One finding in the HTML report: headline, what is known besides, stacks. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "model/kinds.h"
#include "reports/markup.h"
#include "reports/place.h"

/* What the script sorts and selects by. */
static void put_data(struct html *html, const struct finding *finding, struct html_position position)
{
    const struct report_options *options = &html->quotation.options;
    struct place place = place__of_finding(finding, options);
    fprintf(html->out,
            " data-rank=\"%zu\" data-group=\"%zu\" data-count=\"%" PRIu64 "\" data-kind=\"%s\" data-level=\"%s\"",
            position.rank, position.group, finding->count, finding->kind->name, level__name(finding->level));
    if (finding->age_seconds >= 0 && !options->stable)
        fprintf(html->out, " data-age=\"%.3f\"", finding->age_seconds);
    if (place.path == NULL)
        return;
    fputs(" data-place=\"", html->out);
    markup__text(html->out, place.path);
    fprintf(html->out, ":%08d\"", place.line);
}

/* Lines as a list; what is indented more stands below what is not. */
static void put_particulars(struct html *html, char *lines)
{
    char *rest = lines, *line;
    fputs("<ul class=\"particulars\">\n", html->out);
    while ((line = strsep(&rest, "\n")) != NULL)
        if (line[0] != '\0')
            fprintf(html->out, "<li%s>%s</li>\n", line[0] == ' ' ? " class=\"inner\"" : "", line);
    fputs("</ul>\n", html->out);
}

static void put_stacks(struct html *html, const struct finding *finding)
{
    double run = finding->process_count > 0 ? html->report->processes[finding->processes[0]].start : 0;
    struct titled_stack stacks[TITLED_STACKS];
    size_t count = titled_stacks__of(finding, stacks);
    for (size_t i = 0; i < count; i++)
        html__stack(html, stacks[i].stack, facts__kind(stacks[i].as)->title, run);
    for (size_t i = 0; i < finding->also_count; i++)
        html__stack(html, finding->also[i], "another call stack of the same", run);
}

void html__finding(struct html *html, const struct finding *finding, struct html_position position)
{
    char *headline = quotation__headline(&html->quotation, finding);
    char *particulars = quotation__particulars(&html->quotation, finding);
    const char *level = level__name(finding->level);
    fprintf(html->out, "<li class=\"finding %s%s\" id=\"f%zu\"", level, position.is_grouped ? " grouped" : "",
            position.rank + 1);
    put_data(html, finding, position);
    fprintf(html->out, ">\n<h3><span class=\"level\">%s</span> %s <a class=\"kind\" href=\"#kind-%s\">%s</a></h3>\n",
            level, headline, finding->kind->name, finding->kind->name);
    put_particulars(html, particulars);
    put_stacks(html, finding);
    fprintf(html->out, "<p class=\"fingerprint\">fingerprint %s</p>\n</li>\n", finding->fingerprint);
    free(headline);
    free(particulars);
}
