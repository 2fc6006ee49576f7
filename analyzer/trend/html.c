/* The trend as one HTML page that is whole: no file, no server is needed to read it.
 *
 * DESIGN. What a reader must know stands in the page as text, tables and sentences. The charts are drawn by the page's own
 * script from the trend's JSON, which the page carries as data; so what they show can be checked. dygraphs, which draws
 * what changes over time, is part of the page. A policy allows these very scripts and styles alone, by their hashes. */
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/words.h"
#include "format.h"
#include "model/resource.h"
#include "phrases.h"
#include "reports/assets.h"
#include "reports/markup.h"

enum { PROCESSES_SHOWN = 50 };

static void put_words(FILE *out, char *text)
{
    if (text != NULL)
        markup__text(out, text);
    free(text);
}

static void put_cell(FILE *out, const char *kind, char *text)
{
    fprintf(out, "<td%s>", kind);
    put_words(out, text);
    fputs("</td>", out);
}

static char *number_text(uint64_t number)
{
    char text[WORDS];
    return heap__copied(words__number(text, number));
}

/* ---- Head -------------------------------------------------------------------------------------------------------- */

static void put_head(FILE *out, const struct trend *trend, const char *links)
{
    const struct asset *const styles[] = {&asset_dygraph_css, &asset_trend_css, NULL};
    const struct asset *const scripts[] = {&asset_dygraph_min_js, &asset_trend_js, NULL};
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n", out);
    assets__put_policy(out, styles, scripts);
    fputs("<meta name=\"viewport\" content=\"width=device-width\">\n<link rel=\"icon\" href=\"data:,\">\n"
          "<title>leakwatch trend",
          out);
    if (trend->process_count > 0) {
        fputs(": ", out);
        put_words(out, phrase__who(&trend->processes[0]));
    }
    fputs("</title>\n", out);
    for (size_t i = 0; styles[i] != NULL; i++)
        fprintf(out, "<style>%s</style>\n", styles[i]->text);
    fputs("</head>\n<body>\n<header><h1>leakwatch trend</h1>", out);
    if (links != NULL)
        fprintf(out, "<p class=\"links\">%s</p>", links);
    fputs("</header>\n", out);
}

/* ---- Processes --------------------------------------------------------------------------------------------------- */

static void put_process(FILE *out, const struct trend_process *process)
{
    bool is_full = process->limit > 0 && process->open + 1 >= process->limit;
    const char *state = process->leaking > 0 || is_full ? "leaking" : process->suspect > 0 ? "suspect" : "steady";
    char *caveat = phrase__caveat(process), *lost = phrase__lost(process);
    fprintf(out, "<li class=\"process %s\"><p class=\"who\">", state);
    put_words(out, phrase__who(process));
    fputs(", ", out);
    put_words(out, phrase__life(process));
    fputs("</p><p class=\"outlook\">", out);
    put_words(out, phrase__forecast(process));
    fputs("</p><p>", out);
    put_words(out, phrase__open(process));
    fputs("</p>", out);
    if (lost != NULL) {
        fputs("<p class=\"lost\">", out);
        put_words(out, lost);
        fputs("</p>", out);
    }
    if (caveat != NULL) {
        fputs("<p class=\"caveat\">", out);
        put_words(out, caveat);
        fputs("</p>", out);
    }
    fputs("</li>\n", out);
}

static void put_processes(FILE *out, const struct trend *trend)
{
    size_t count = trend->own_count, shown = count < PROCESSES_SHOWN ? count : PROCESSES_SHOWN;
    char number[WORDS];
    fputs("<section id=\"processes\"><ul>\n", out);
    for (size_t i = 0; i < shown; i++)
        put_process(out, &trend->processes[i]);
    fputs("</ul>\n", out);
    if (shown < count)
        fprintf(out, "<p>… and %s more %s better off</p>\n", words__number(number, count - shown),
                words__plural(count - shown, "process, which is", "processes, which are"));
    if (trend->process_count == 0)
        fputs("<p>No process was looked at.</p>\n", out);
    fputs("</section>\n", out);
}

static void put_programs(FILE *out, const struct trend *trend)
{
    if (trend->own_count < 2)
        return;
    fputs("<section id=\"programs\"><h2>Programs</h2>\n<table><thead><tr><th>program</th><th class=\"number\">processes"
          "</th><th class=\"number\">running</th><th class=\"number\">leaking</th><th class=\"number\">open</th>"
          "<th>worst outlook</th></tr></thead><tbody>\n",
          out);
    for (size_t i = 0; i < trend->program_count; i++) {
        const struct trend_program *program = &trend->programs[i];
        fputs("<tr>", out);
        put_cell(out, "", heap__copied(program->name));
        put_cell(out, " class=\"number\"", number_text(program->processes));
        put_cell(out, " class=\"number\"", number_text(program->running));
        put_cell(out, " class=\"number\"", number_text(program->leaking));
        put_cell(out, " class=\"number\"", number_text(program->open));
        put_cell(out, "", phrase__outlook(&trend->processes[program->worst]));
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></section>\n", out);
}

/* ---- Sites ------------------------------------------------------------------------------------------------------- */

static void put_site(FILE *out, const struct trend *trend, size_t number, const struct trend_options *options)
{
    const struct trend_site *site = &trend->sites[number];
    char *place = phrase__place(site, &options->report), *function = phrase__function(site);
    const char *verdict = growth__verdict_name(site->verdict);
    fprintf(out, "<tr class=\"%s\" data-site=\"%zu\">", verdict, number);
    put_cell(out, " class=\"number\"", number_text(site->held));
    put_cell(out, " class=\"number\"", phrase__rate(site->rate));
    put_cell(out, " class=\"number\"", phrase__share(trend, site));
    put_cell(out, " class=\"verdict\"", phrase__verdict(trend, site));
    fputs("<td>", out);
    if (function != NULL) {
        fputs("<span class=\"function\">", out);
        markup__text(out, function);
        fputs("</span> ", out);
    }
    put_words(out, place != NULL ? place : heap__copied(resource__noun(site->kind, site->held)));
    free(function);
    char *caller = phrase__caller(site, &options->report);
    if (caller != NULL) {
        putc(' ', out);
        put_words(out, caller);
    }
    if (site->sentence != NULL) {
        fputs("<p class=\"sentence\">", out);
        markup__text(out, site->sentence);
        fputs("</p>", out);
    }
    fputs("</td>", out);
    put_cell(out, "", phrase__call(site));
    fputs("</tr>\n", out);
}

static void put_sites(FILE *out, const struct trend *trend, const struct trend_options *options)
{
    char number[WORDS];
    size_t count = trend->site_count;
    if (options->report.top_is_given && options->report.top > 0 && options->report.top < count)
        count = options->report.top;
    fputs("<section id=\"sites\"><h2>Where they were taken</h2>\n<table><thead><tr><th class=\"number\">held</th>"
          "<th class=\"number\">rate/h</th><th class=\"number\">share</th><th>verdict</th><th>place</th><th>call</th>"
          "</tr></thead><tbody>\n",
          out);
    for (size_t i = 0; i < count; i++)
        if (trend->sites[i].held > 0 || options->report.top_is_given)
            put_site(out, trend, i, options);
    fputs("</tbody></table>\n", out);
    if (count < trend->site_count)
        fprintf(out, "<p>… and %s more %s</p>\n", words__number(number, trend->site_count - count),
                words__plural(trend->site_count - count, "place", "places"));
    fputs("</section>\n", out);
}

/* ---- Charts ------------------------------------------------------------------------------------------------------ */

/* Shown by the script: without it there is nothing to see. */
static void put_charts(FILE *out)
{
    fputs("<section id=\"charts\" hidden>\n<h2>Open descriptors, by place</h2>\n"
          "<p id=\"controls\"><label>process <select id=\"process\"></select></label> "
          "<label><input type=\"checkbox\" id=\"whole\" checked> up to the limit</label> "
          "<label><input type=\"checkbox\" id=\"ahead\" checked> with what is ahead</label> "
          "<button id=\"reset\" type=\"button\">all of it</button> "
          "<span class=\"hint\">drag to zoom, double click for all; the strip below chooses a range</span></p>\n"
          "<div id=\"chart\"></div>\n<div id=\"legend\"></div>\n"
          "<h2>How long they live</h2>\n<p><label>place <select id=\"site\"></select></label></p>\n"
          "<p id=\"why\"></p>\n<div id=\"lifetimes\"></div>\n</section>\n",
          out);
}

/* In JSON it stands in texts alone; there it can be written in another way, and then nothing ends the script. */
static void put_data(FILE *out, const struct trend *trend, const struct trend_options *options)
{
    char *json;
    size_t length;
    FILE *memory = open_memstream(&json, &length);
    if (memory != NULL)
        trend_json__print(memory, trend, options);
    if (memory == NULL || fclose(memory) != 0)
        heap__ran_out();
    fputs("<script type=\"application/json\" id=\"data\">", out);
    for (const char *at = json; *at != '\0'; at++) {
        if (*at == '<')
            fputs("\\u003c", out);
        else
            putc(*at, out);
    }
    fputs("</script>\n", out);
    free(json);
}

void trend_html__print(FILE *out, const struct trend *trend, const struct trend_options *options)
{
    put_head(out, trend, options->report.links);
    fputs("<main>\n", out);
    put_processes(out, trend);
    put_charts(out);
    put_sites(out, trend, options);
    put_programs(out, trend);
    fputs("</main>\n", out);
    put_data(out, trend, options);
    fprintf(out, "<script>%s</script>\n<script>%s</script>\n</body>\n</html>\n", asset_dygraph_min_js.text,
            asset_trend_js.text);
}
