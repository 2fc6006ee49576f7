/* The report as one HTML page, for people who were not there.
 *
 * DESIGN. The page is whole: no file, no server and no script is needed to read it. The script only adds a filter and an
 * order. What the program chose is escaped wherever it stands; a policy in the page allows nothing but this very script
 * and style, by their hashes, so that even a hole in that could not run anything or send anything anywhere. */
#include "html.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "model/kinds.h"
#include "reports/assets.h"
#include "reports/markup.h"
#include "reports/place.h"

enum { PROCESSES_OPEN = 20 }; /* lines */

/* ---- Head -------------------------------------------------------------------------------------------------------- */

static void put_head(struct html *html, const char *totals)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n", html->out);
    static const struct asset *const styles[] = {&asset_report_css, NULL}, *const scripts[] = {&asset_report_js, NULL};
    assets__put_policy(html->out, styles, scripts);
    fputs("<meta name=\"viewport\" content=\"width=device-width\">\n<link rel=\"icon\" href=\"data:,\">\n", html->out);
    fprintf(html->out, "<title>leakwatch: %s</title>\n<style>%s</style>\n</head>\n<body>\n", totals,
            asset_report_css.text);
    fprintf(html->out, "<header><h1>leakwatch</h1><p class=\"totals\">%s</p>\n", totals);
    html__about(html);
    if (html->quotation.options.links != NULL)
        fprintf(html->out, "<p class=\"links\">%s</p>\n", html->quotation.options.links);
    fputs("</header>\n", html->out);
}

/* Stays in sight: the graphs stand behind all findings. */
static void put_ways(const struct html *html)
{
    const struct {
        bool is_there;
        const char *id, *title;
    } ways[] = {
        {html->report->finding_count > 0, "places", "Kinds and places"},
        {true, "findings", "Findings"},
        {html__has_flames(html), "flames", "Who holds what"},
        {html__has_timeline(html), "timeline", "Over time"},
        {html->report->locks_asked, "locks", "Locks"},
        {html->report->connections_asked, "connections", "Connections"},
        {true, "processes", "Processes"},
        {html->report->finding_count > 0, "kinds", "What the kinds mean"},
    };
    fputs("<nav>", html->out);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (ways[i].is_there)
            fprintf(html->out, "<a href=\"#%s\">%s</a> ", ways[i].id, ways[i].title);
    fputs("</nav>\n", html->out);
}

/* ---- Body -------------------------------------------------------------------------------------------------------- */

/* Shown by the script only: without it there is nothing to control. */
static void put_controls(FILE *out)
{
    fputs("<form id=\"controls\" hidden>\n"
          "<label>Filter <input id=\"filter\" type=\"search\" placeholder=\"function, file, path …\"></label>\n"
          "<span id=\"levels\"></span>\n"
          "<label>Kind <select id=\"kind\"><option value=\"\">all</option></select></label>\n"
          "<label>Sort by <select id=\"order\"><option value=\"rank\">cost</option>"
          "<option value=\"count\">count</option><option value=\"age\">age</option>"
          "<option value=\"kind\">kind</option><option value=\"place\">place</option></select></label>\n"
          "<button type=\"button\" id=\"open\">Open all</button> <button type=\"button\" id=\"close\">Close "
          "all</button>\n"
          "<output id=\"shown\"></output>\n</form>\n",
          out);
}

static void put_findings(struct html *html)
{
    const struct report *report = html->report;
    size_t count = quotation__shown(&html->quotation, 0), rank = count;
    fputs("<section id=\"findings\"><h2>Findings</h2>\n", html->out);
    put_controls(html->out);
    fputs("<ol id=\"list\">\n", html->out);
    html__grouped(html, count);
    for (size_t i = 0; html->quotation.options.show_suppressed && i < report->suppressed_count; i++, rank++)
        html__finding(html, &report->findings[report->finding_count + i],
                      (struct html_position){.rank = rank, .group = rank});
    fputs("</ol>\n", html->out);
    if (report->finding_count == 0)
        fputs("<p>There is nothing to mend.</p>\n", html->out);
    if (count < report->finding_count)
        fprintf(html->out, "<p>… and %zu more %s (--top 0 shows all)</p>\n", report->finding_count - count,
                words__plural(report->finding_count - count, "finding", "findings"));
    if (html->unquoted > 0)
        fprintf(html->out, "<p>Of %zu %s the sources are not quoted: the page would have become too large.</p>\n",
                html->unquoted, words__plural(html->unquoted, "frame", "frames"));
    fputs("</section>\n", html->out);
}

static bool has_kind(const struct report *report, const struct finding_kind *kind)
{
    for (size_t i = 0; i < report->finding_count; i++)
        if (report->findings[i].kind == kind)
            return true;
    return false;
}

static void put_kinds(struct html *html)
{
    if (html->report->finding_count == 0)
        return;
    fputs("<section id=\"kinds\"><h2>What the kinds mean</h2>\n<dl>\n", html->out);
    for (int i = 0; i < KINDS; i++) {
        const struct finding_kind *kind = kinds__get((enum kind_id)i);
        if (has_kind(html->report, kind))
            fprintf(html->out, "<dt id=\"kind-%s\"><code>%s</code> %s</dt>\n<dd><p>%s</p><p>%s</p></dd>\n", kind->name,
                    kind->name, kind->title, kind->what, kind->mend);
    }
    fputs("</dl></section>\n", html->out);
}

/* So many lines as a list; where the others begin. */
static char *put_lines(FILE *out, char *rest, size_t most)
{
    fputs("<ul>\n", out);
    for (size_t i = 0; rest != NULL && rest[0] != '\0' && i < most; i++)
        fprintf(out, "<li>%s</li>\n", strsep(&rest, "\n"));
    fputs("</ul>\n", out);
    return rest;
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; text != NULL && (text = strchr(text, '\n')) != NULL; text++)
        count++;
    return count;
}

static void put_processes(struct html *html)
{
    char *processes = quotation__every_process(&html->quotation),
         *shortcomings = quotation__every_shortcoming(&html->quotation);
    fputs("<section id=\"processes\"><h2>Processes</h2>\n", html->out);
    char *rest = put_lines(html->out, processes, PROCESSES_OPEN);
    if (count_lines(rest) > 0) {
        fprintf(html->out, "<details><summary>%zu more %s</summary>\n", count_lines(rest),
                words__plural(count_lines(rest), "line", "lines"));
        put_lines(html->out, rest, SIZE_MAX);
        fputs("</details>\n", html->out);
    }
    if (shortcomings[0] != '\0')
        put_lines(html->out, shortcomings, SIZE_MAX);
    fputs("</section>\n", html->out);
    free(processes);
    free(shortcomings);
}

static void put_code(FILE *out, const char *text)
{
    fputs("<code>", out);
    markup__text(out, text);
    fputs("</code>", out);
}

void html__print(FILE *out, const struct report *report, const struct report_options *options)
{
    struct html html = {.out = out, .report = report, .sources = source_lines__new(place__root(options))};
    quotation__begin(&html.quotation, report, options, put_code, markup__text);
    char *totals = quotation__totals(&html.quotation);
    put_head(&html, totals);
    put_ways(&html);
    fputs("<main>\n", out);
    html__places(&html, quotation__shown(&html.quotation, 0));
    put_findings(&html);
    html__flames(&html);
    html__timeline(&html);
    html__locks(&html);
    html__connections(&html);
    put_processes(&html);
    put_kinds(&html);
    fprintf(out, "</main>\n<footer>leakwatch %s</footer>\n<script>%s</script>\n</body>\n</html>\n", LEAKWATCH_VERSION,
            asset_report_js.text);
    free(totals);
    source_lines__free(html.sources);
}
