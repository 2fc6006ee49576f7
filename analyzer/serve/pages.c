/* What is answered to whom.
 *
 * DESIGN. Each page is put together in memory while nobody else is answered: what it shows is of one moment. */
#include "pages.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/words.h"
#include "findings/collector.h"
#include "reports/format.h"
#include "reports/markup.h"
#include "trend/format.h"
#include "trend/phrases.h"

enum { OK = 200, NOT_FOUND = 404, UNAVAILABLE = 503 };

static const char plain[] = "text/plain; charset=utf-8", markup[] = "text/html; charset=utf-8",
                  json[] = "application/json";

/* Whoever asks, and for what. */
struct request {
    struct watchtower *watchtower;
    const char *accept;
    uint32_t pid; /* 0: of all processes */
    FILE *out;
};

/* ---- Metrics and health ------------------------------------------------------------------------------------------ */

static bool wants_open_metrics(const struct request *request)
{
    return request->accept != NULL && strstr(request->accept, "application/openmetrics-text") != NULL;
}

static void put_metrics(const struct request *request)
{
    watchtower__metrics(request->watchtower, request->out, wants_open_metrics(request));
}

static void put_health(const struct request *request)
{
    fputs("leakwatch serve is here\n", request->out);
}

static void put_readiness(const struct request *request)
{
    const struct shelf *shelf = watchtower__shelf(request->watchtower);
    fprintf(request->out, "%zu processes run watched\n", shelf__count(shelf));
}

/* ---- Reports and trends ------------------------------------------------------------------------------------------ */

static bool is_asked_for(const struct request *request, const struct ledger *ledger)
{
    return request->pid == 0 || ledger__process(ledger) == request->pid;
}

static void put_report(const struct request *request,
                       void (*print)(FILE *, const struct report *, const struct report_options *))
{
    const struct collector_options options = {.idle = 60};
    const struct report_options shown = {.top = 0};
    const struct shelf *shelf = watchtower__shelf(request->watchtower);
    struct collector *collector = collector__new(&options, figures__symbols(watchtower__figures(request->watchtower)));
    for (size_t i = 0; i < shelf__count(shelf); i++)
        if (is_asked_for(request, shelf__ledger(shelf, i)))
            collector__add(collector, shelf__ledger(shelf, i), NULL);
    print(request->out, collector__finish(collector), &shown);
    collector__free(collector);
}

static void put_html_report(const struct request *request)
{
    put_report(request, html__print);
}

static void put_json_report(const struct request *request)
{
    put_report(request, json__print);
}

static void put_trend(const struct request *request,
                      void (*print)(FILE *, const struct trend *, const struct trend_options *))
{
    const struct figures *figures = watchtower__figures(request->watchtower);
    const struct shelf *shelf = watchtower__shelf(request->watchtower);
    const struct trend_options options = {.width = 0};
    const struct gathering_options all = {.skip_exe = (const char *const[]){NULL}};
    if (request->pid == 0) {
        print(request->out, figures__trend(figures), &options);
        return;
    }
    struct gathering *gathering = gathering__new(&all, figures__symbols(figures), NULL);
    for (size_t i = 0; i < shelf__count(shelf); i++)
        if (is_asked_for(request, shelf__ledger(shelf, i)))
            gathering__add(gathering, shelf__ledger(shelf, i), NULL);
    print(request->out, gathering__finish(gathering), &options);
    gathering__free(gathering);
}

static void put_html_trend(const struct request *request)
{
    put_trend(request, trend_html__print);
}

static void put_json_trend(const struct request *request)
{
    put_trend(request, trend_json__print);
}

/* ---- The first page ---------------------------------------------------------------------------------------------- */

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
            "</td><td class=\"number\">%" PRIu32 "</td><td class=\"number\">%s</td><td class=\"number\">%s</td><td>",
            figures->pid, words__number(open, process->open),
            process->limit > 0 ? words__number(limit, process->limit) : "");
    put_words(out, phrase__forecast(process));
    char *lost = phrase__lost(process);
    if (lost != NULL) {
        fputs("<p class=\"lost\">", out);
        put_words(out, lost);
        fputs("</p>", out);
    }
    fprintf(out, "</td><td class=\"number\">%zu</td><td class=\"number\">%" PRIu64 "</td>", process->leaking,
            figures->swallowed);
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
    ".leaking td:first-child { border-left: .3em solid #c62828; }\n"
    ".suspect td:first-child { border-left: .3em solid #ef6c00; }\n"
    "@media (prefers-color-scheme: dark) { body { background: #111; color: #ddd; } a { color: #8ab4f8; } }\n"
    "</style>\n</head>\n<body>\n<h1>leakwatch</h1>\n";

static void put_overview(const struct request *request)
{
    const struct figures *figures = watchtower__figures(request->watchtower);
    const struct trend *trend = figures__trend(figures);
    size_t shown = trend->process_count < LISTED ? trend->process_count : LISTED;
    char number[WORDS];
    FILE *out = request->out;
    fputs(head, out);
    fprintf(out,
            "<p>%s %s watched. <a href=\"/trend\">Where all of them are heading</a>, <a href=\"/report\">what is "
            "held wrongly</a>, <a href=\"/metrics\">metrics</a>.</p>\n",
            words__number(number, trend->process_count),
            words__plural(trend->process_count, "process runs", "processes run"));
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
        fprintf(out, "<p>… and %s more, which are better off</p>\n",
                words__number(number, trend->process_count - shown));
    fputs("</body>\n</html>\n", out);
}

/* ---- Which of them ----------------------------------------------------------------------------------------------- */

static const struct page {
    const char *path; /* behind that of a process, where it begins with "…" */
    const char *type; /* NULL: of metrics */
    const char *refresh;
    bool wants_directory; /* without it, it would say what is not so any more */
    void (*put)(const struct request *request);
} pages[] = {
    {"/", markup, "5", false, put_overview},
    {"/metrics", NULL, NULL, false, put_metrics},
    {"/healthz", plain, NULL, false, put_health},
    {"/readyz", plain, NULL, true, put_readiness},
    {"/report", markup, "30", true, put_html_report},
    {"/trend", markup, "30", true, put_html_trend},
    {"/api/report", json, NULL, true, put_json_report},
    {"/api/trend", json, NULL, true, put_json_trend},
    {"…/report", markup, "30", true, put_html_report},
    {"…/trend", markup, "30", true, put_html_trend},
};

/* "/processes/4242/trend": 4242, and "/trend"; "/api/processes/4242/trend": likewise. 0: it is none of these. */
static uint32_t process_of(const char *path, const char *before, const char **rest)
{
    size_t length = strlen(before);
    char *end;
    if (strncmp(path, before, length) != 0 || path[length] < '1' || path[length] > '9')
        return 0;
    unsigned long number = strtoul(path + length, &end, 10);
    *rest = end;
    return number <= INT32_MAX ? (uint32_t)number : 0;
}

static const struct page *find(const char *path, uint32_t *pid)
{
    static const char of_process[] = "…", api[] = "/api";
    const char *rest = path;
    *pid = process_of(path, "/processes/", &rest);
    bool is_api = *pid == 0 && (*pid = process_of(path, "/api/processes/", &rest)) != 0;
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        const char *its = pages[i].path;
        if (*pid == 0 && strcmp(path, its) == 0)
            return &pages[i];
        if (*pid != 0 && !is_api && strncmp(its, of_process, strlen(of_process)) == 0 &&
            strcmp(rest, its + strlen(of_process)) == 0)
            return &pages[i];
        if (is_api && strncmp(its, api, strlen(api)) == 0 && strcmp(rest, its + strlen(api)) == 0)
            return &pages[i];
    }
    return NULL;
}

static bool is_there(const struct watchtower *watchtower, uint32_t pid)
{
    const struct shelf *shelf = watchtower__shelf(watchtower);
    for (size_t i = 0; i < shelf__count(shelf); i++)
        if (ledger__process(shelf__ledger(shelf, i)) == pid)
            return true;
    return false;
}

static struct page_answer refuse(unsigned status, char *why)
{
    return (struct page_answer){.status = status, .type = plain, .body = why, .length = strlen(why)};
}

struct page_answer pages__answer(struct watchtower *watchtower, const char *path, const char *accept)
{
    struct request request = {.watchtower = watchtower, .accept = accept};
    const struct page *page = find(path, &request.pid);
    if (page == NULL)
        return refuse(NOT_FOUND, heap__copied("there is no such page; / has links to those that there are\n"));
    bool is_good = watchtower__look(watchtower);
    if (!is_good && page->wants_directory)
        return refuse(UNAVAILABLE, heap__printed("the directory of ledgers cannot be read: %s\n", strerror(errno)));
    if (request.pid != 0 && !is_there(watchtower, request.pid))
        return refuse(NOT_FOUND, heap__printed("no process %" PRIu32 " runs watched\n", request.pid));
    struct page_answer answer = {.status = OK, .refresh = page->refresh};
    answer.type = page->type != NULL ? page->type : exposition__content_type(wants_open_metrics(&request));
    request.out = open_memstream(&answer.body, &answer.length);
    if (request.out == NULL)
        heap__ran_out();
    page->put(&request);
    if (fclose(request.out) != 0)
        heap__ran_out();
    return answer;
}
