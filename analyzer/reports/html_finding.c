/* One finding in the HTML report: headline, what is known besides, stacks. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../findings/kinds.h"
#include "html.h"
#include "markup.h"
#include "place.h"

/* What the script sorts and selects by. */
static void put_data(struct html *html, const struct finding *finding, size_t rank)
{
    const struct report_options *options = &html->telling.options;
    struct place place = place__of(place__frame(finding->acquired, options), options);
    fprintf(html->out, " data-rank=\"%zu\" data-count=\"%" PRIu64 "\" data-kind=\"%s\" data-level=\"%s\"", rank,
            finding->count, finding->kind, level__name(finding->level));
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

static time_t run_of(const struct html *html, const struct finding *finding)
{
    return finding->process_count > 0 ? (time_t)html->report->processes[finding->processes[0]].start : 0;
}

void html__finding(struct html *html, const struct finding *finding, size_t rank)
{
    char *headline = telling__headline(&html->telling, finding);
    char *particulars = telling__particulars(&html->telling, finding);
    const char *level = level__name(finding->level);
    time_t run = run_of(html, finding);
    fprintf(html->out, "<li class=\"finding %s\" id=\"f%zu\"", level, rank + 1);
    put_data(html, finding, rank);
    fprintf(html->out, ">\n<h3><span class=\"level\">%s</span> %s <a class=\"kind\" href=\"#kind-%s\">%s</a></h3>\n",
            level, headline, finding->kind, finding->kind);
    put_particulars(html, particulars);
    html__stack(html, finding->acquired, "call stack", run);
    html__stack(html, finding->released, "call stack of its release", run);
    html__stack(html, finding->first_release, "call stack of its first release", run);
    for (size_t i = 0; i < finding->also_count; i++)
        html__stack(html, finding->also[i], "another call stack of the same", run);
    fprintf(html->out, "<p class=\"fingerprint\">fingerprint %s</p>\n</li>\n", finding->fingerprint);
    free(headline);
    free(particulars);
}
