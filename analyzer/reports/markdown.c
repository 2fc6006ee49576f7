/* The report as Markdown (GitHub's and GitLab's), for a job's summary or a comment on a change.
 *
 * DESIGN. What the program chose stands in code spans and fenced blocks only: see markdown_text.h. */
#include <stdlib.h>
#include <string.h>

#include "markdown_text.h"
#include "base/words.h"
#include "model/kinds.h"
#include "quotation.h"

enum { FINDINGS_SHOWN = 10, FENCE = 3 };

/* Lines become a list; what is indented stands below what is not. */
static void put_list(FILE *out, const char *lines)
{
    while (*lines != '\0') {
        size_t indent = strspn(lines, " "), length = strcspn(lines + indent, "\n");
        fprintf(out, "%*s- %.*s\n", (int)indent, "", (int)length, lines + indent);
        lines += indent + length;
        lines += *lines == '\n';
    }
}

static void put_block(FILE *out, const char *summary, const char *lines)
{
    size_t fence = markdown_text__backticks(lines) + 1;
    fence = fence < FENCE ? FENCE : fence;
    fprintf(out, "\n<details><summary>%s</summary>\n\n", summary);
    markdown_text__fence(out, fence);
    fprintf(out, "text\n%s", lines);
    markdown_text__fence(out, fence);
    fputs("\n\n</details>\n", out);
}

/* Within the blocks nothing is markup. */
static void put_stacks(FILE *out, const struct quotation *quotation, const struct finding *finding)
{
    struct titled_stack stacks[TITLED_STACKS];
    struct quotation plain;
    size_t count = titled_stacks__of(finding, stacks);
    quotation__begin(&plain, quotation->page.report, &quotation->options, NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        char *lines = quotation__stack(&plain, finding, stacks[i].stack);
        put_block(out, facts__kind(stacks[i].as)->title, lines);
        free(lines);
    }
}

static void put_finding(FILE *out, struct quotation *quotation, const struct finding *finding)
{
    char *headline = quotation__headline(quotation, finding), *particulars = quotation__particulars(quotation, finding);
    fprintf(out, "\n### %s: %s (`%s`)\n\n", level__name(finding->level), headline, finding->kind->name);
    put_list(out, particulars);
    put_stacks(out, quotation, finding);
    free(headline);
    free(particulars);
}

void markdown__print(FILE *out, const struct report *report, const struct report_options *options)
{
    struct quotation quotation;
    quotation__begin(&quotation, report, options, markdown_text__code, markdown_text__words);
    char *totals = quotation__totals(&quotation), *processes = quotation__processes(&quotation);
    size_t count = quotation__shown(&quotation, FINDINGS_SHOWN);
    fprintf(out, "## leakwatch: %s\n", totals);
    for (size_t i = 0; i < count; i++)
        put_finding(out, &quotation, &report->findings[i]);
    if (count < report->finding_count)
        fprintf(out, "\n… and %zu more %s (`--top 0` shows all)\n", report->finding_count - count,
                words__plural(report->finding_count - count, "finding", "findings"));
    for (size_t i = 0; options->show_suppressed && i < report->suppressed_count; i++)
        put_finding(out, &quotation, &report->findings[report->finding_count + i]);
    if (report->process_count > 0)
        fputs("\n### Processes\n\n", out);
    put_list(out, processes);
    free(totals);
    free(processes);
}
