/* All processes of a directory at a glance. */
#include "overview.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/words.h"
#include "json/stream.h"
#include "json/value.h"
#include "reports/markup.h"
#include "trend/phrases.h"

#define SCHEMA "leakwatch.processes/1"

char *overview__state(const struct watchtower *watchtower)
{
    char running[WORDS], unread[WORDS];
    int error = watchtower__error(watchtower);
    size_t unread_count = shelf__unread(watchtower__shelf(watchtower));
    size_t count = figures__trend(watchtower__figures(watchtower))->process_count;
    if (error != 0)
        return heap__printed("the directory of ledgers cannot be read: %s", strerror(error));
    char *but = unread_count > 0 ? heap__printed(", but %s %s cannot be read", words__number(unread, unread_count),
                                                 words__plural(unread_count, "ledger", "ledgers"))
                                 : heap__copied("");
    char *state = heap__printed("%s %s watched%s", words__number(running, count),
                                words__plural(count, "process runs", "processes run"), but);
    free(but);
    return state;
}

/* ---- As a page --------------------------------------------------------------------------------------------------- */

enum { LISTED = 500 };

static void put_words(FILE *out, char *text)
{
    markup__text(out, text != NULL ? text : "");
    free(text);
}

static void put_row(FILE *out, const struct process_figures *figures)
{
    const struct trend_process *process = figures->process;
    char open[WORDS], limit[WORDS];
    const char *state = process->leaking > 0 ? "leaking" : process->suspect > 0 ? "suspect" : "";
    fprintf(out, "<tr class=\"%s\"><td>", state);
    markup__text(out, process->process.name);
    fprintf(out,
            "</td><td class=\"number\" data-name=\"pid\">%" PRIu32
            "</td><td class=\"number\" data-name=\"open\">%s</td>"
            "<td class=\"number\" data-name=\"of\">%s</td><td>",
            figures->pid, words__number(open, process->open),
            process->limit > 0 ? words__number(limit, process->limit) : "");
    put_words(out, phrase__forecast(process));
    char *lost = phrase__lost(process);
    if (lost != NULL) {
        fputs("<p class=\"lost\">", out);
        put_words(out, lost);
        fputs("</p>", out);
    }
    fprintf(out,
            "</td><td class=\"number\" data-name=\"leaking places\">%zu</td><td class=\"number\" data-name=\"errors "
            "swallowed\">%" PRIu64 "</td>",
            process->leaking, figures->swallowed);
    fprintf(out,
            "<td><a href=\"/processes/%" PRIu32 "/trend\">trend</a> <a href=\"/processes/%" PRIu32
            "/report\">report</a></td></tr>\n",
            figures->pid, figures->pid);
}

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src "
    "data:\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n<link rel=\"icon\" href=\"data:,\">\n"
    "<title>leakwatch</title>\n<style>\n"
    "body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72em; padding: 0 1em; }\n"
    "table { border-collapse: collapse; width: 100%; }\n"
    "th, td { border-bottom: 1px solid #8884; padding: .3em .6em; text-align: left; vertical-align: top; }\n"
    ".number { text-align: right; font-variant-numeric: tabular-nums; }\n"
    ".lost, .trouble { color: #c62828; margin: 0; }\n"
    "td { overflow-wrap: anywhere; } td.number, td:last-child { white-space: nowrap; }\n"
    "@media (max-width: 45em) { thead { display: none; } tr, td { display: block; } tr { padding: .4em 0; "
    "border-bottom: "
    "1px solid #8884; }\n"
    "td, td.number { border: 0; display: inline-block; padding: 0 .6em 0 .3em; text-align: left; }\n"
    "td:nth-child(5) { display: block; } td.number::before { content: attr(data-name) ' '; opacity: .7; } }\n"
    ".leaking td:first-child { border-left: .3em solid #c62828; }\n"
    ".suspect td:first-child { border-left: .3em solid #ef6c00; }\n"
    "@media (prefers-color-scheme: dark) { body { background: #111; color: #ddd; } a { color: #8ab4f8; } }\n"
    "</style>\n</head>\n<body>\n<h1>leakwatch</h1>\n";

void overview__html(FILE *out, const struct watchtower *watchtower)
{
    const struct figures *figures = watchtower__figures(watchtower);
    const struct trend *trend = figures__trend(figures);
    size_t shown = trend->process_count < LISTED ? trend->process_count : LISTED;
    bool is_good = watchtower__error(watchtower) == 0 && shelf__unread(watchtower__shelf(watchtower)) == 0;
    char number[WORDS];
    fputs(head, out);
    fprintf(out, "<p%s>", is_good ? "" : " class=\"trouble\"");
    put_words(out, overview__state(watchtower));
    fputs(".</p>\n<p><a href=\"/trend\">Where all of them are heading</a>, <a href=\"/report\">what is held "
          "wrongly</a>, <a href=\"/metrics\">metrics</a>, <a href=\"/api/processes\">JSON</a>.</p>\n",
          out);
    fputs("<table><thead><tr><th>program</th><th class=\"number\">pid</th><th class=\"number\">open</th>"
          "<th class=\"number\">limit</th><th>outlook</th><th class=\"number\">leaking places</th>"
          "<th class=\"number\">errors swallowed</th><th></th></tr></thead><tbody>\n",
          out);
    for (size_t i = 0; i < shown; i++) {
        const struct process_figures of = figures__of(figures, i);
        put_row(out, &of);
    }
    fputs("</tbody></table>\n", out);
    if (shown < trend->process_count)
        fprintf(out, "<p>… and %s more, which %s better off</p>\n", words__number(number, trend->process_count - shown),
                words__plural(trend->process_count - shown, "is", "are"));
    fputs("</body>\n</html>\n", out);
}

/* ---- As JSON ----------------------------------------------------------------------------------------------------- */

static json_t *full_in(const struct growth_forecast *forecast)
{
    if (!forecast->is_given)
        return json_null();
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "earliest", json_value__finite(forecast->earliest));
    json_value__set(json, "likely", json_value__finite(forecast->point));
    json_value__set(json, "latest", json_value__finite(forecast->latest));
    json_value__set(json, "conditional", json_boolean(forecast->is_conditional));
    return json;
}

static void set_link(json_t *links, const char *name, uint32_t pid, const char *rest)
{
    char *path = heap__printed("/api/processes/%" PRIu32 "%s", pid, rest);
    json_value__set(links, name, json_value__text(path));
    free(path);
}

static json_t *process_json(const struct process_figures *figures)
{
    const struct trend_process *process = figures->process;
    json_t *json = json_value__checked(json_object()), *links = json_value__checked(json_object());
    char *outlook = phrase__forecast(process);
    json_value__set(json, "pid", json_value__number(figures->pid));
    json_value__set(json, "program", json_value__text(process->process.name));
    json_value__set(json, "host", json_value__text(process->process.host));
    json_value__set(json, "start", json_value__finite(process->process.start));
    json_value__set(json, "open", json_value__number(process->open));
    json_value__set(json, "open_at_least", json_boolean(process->is_open_at_least));
    json_value__set(json, "limit", process->limit > 0 ? json_value__number(process->limit) : json_null());
    json_value__set(json, "full_in", full_in(&process->forecast));
    json_value__set(json, "outlook", json_value__text(outlook));
    json_value__set(json, "leaking", json_value__number(process->leaking));
    json_value__set(json, "suspect", json_value__number(process->suspect));
    json_value__set(json, "acquired", json_value__number(figures->acquired));
    json_value__set(json, "released", json_value__number(figures->released));
    json_value__set(json, "failed", json_value__number(figures->failed));
    json_value__set(json, "swallowed", json_value__number(figures->swallowed));
    json_value__set(json, "lost", json_value__number(process->process.lost));
    set_link(links, "self", figures->pid, "");
    set_link(links, "trend", figures->pid, "/trend");
    set_link(links, "report", figures->pid, "/report");
    json_value__set(json, "links", links);
    free(outlook);
    return json;
}

void overview__json(FILE *out, const struct watchtower *watchtower, uint32_t pid)
{
    const struct figures *figures = watchtower__figures(watchtower);
    const struct shelf *shelf = watchtower__shelf(watchtower);
    size_t count = figures__trend(figures)->process_count;
    json_t *json = json_value__checked(json_object()), *list = json_value__checked(json_array());
    for (size_t i = 0; i < count; i++) {
        const struct process_figures of = figures__of(figures, i);
        if (pid == 0 || of.pid == pid)
            json_value__append(list, process_json(&of));
    }
    json_value__set(json, "schema", json_value__text(SCHEMA));
    json_value__set(json, "running", json_value__number(count));
    json_value__set(json, "ended", json_value__number(shelf__ended(shelf)));
    json_value__set(json, "unread", json_value__number(shelf__unread(shelf)));
    json_value__set(json, "processes", list);
    char *text = json_stream__text(json);
    fprintf(out, "%s\n", text);
    free(text);
}
