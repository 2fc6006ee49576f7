/* What is answered to whom.
 *
 * DESIGN. Each page is put together in memory while nobody else is answered: what it shows is of one moment. */
#include "pages.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "findings/collector.h"
#include "json/stream.h"
#include "json/value.h"
#include "overview.h"
#include "preference.h"
#include "reports/format.h"
#include "trend/format.h"

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
    return preference__is_for(request->accept, "application/openmetrics-text", "text/plain");
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
    char *state = overview__state(request->watchtower);
    fprintf(request->out, "%s\n", state);
    free(state);
}

/* ---- All processes ----------------------------------------------------------------------------------------------- */

static void put_overview(const struct request *request)
{
    overview__html(request->out, request->watchtower);
}

static void put_json_processes(const struct request *request)
{
    overview__json(request->out, request->watchtower, request->pid);
}

/* ---- Ways from one page to the others ---------------------------------------------------------------------------- */

/* To be freed. */
static char *links_from(const struct request *request)
{
    if (request->pid == 0)
        return heap__copied(
            "<a href=\"/\">all processes</a> <a href=\"/trend\">their trend</a> <a href=\"/report\">their "
            "report</a>");
    return heap__printed("<a href=\"/\">all processes</a> <a href=\"/processes/%" PRIu32 "/trend\">trend of %" PRIu32
                         "</a> <a href=\"/processes/%" PRIu32 "/report\">report of %" PRIu32 "</a>",
                         request->pid, request->pid, request->pid, request->pid);
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
    char *links = links_from(request);
    const struct report_options shown = {.links = links};
    const struct shelf *shelf = watchtower__shelf(request->watchtower);
    struct collector *collector = collector__new(&options, figures__symbols(watchtower__figures(request->watchtower)));
    for (size_t i = 0; i < shelf__count(shelf); i++)
        if (is_asked_for(request, shelf__ledger(shelf, i)))
            collector__add(collector, shelf__ledger(shelf, i), NULL);
    print(request->out, collector__finish(collector), &shown);
    collector__free(collector);
    free(links);
}

static void put_html_report(const struct request *request)
{
    put_report(request, html__print);
}

static void put_json_report(const struct request *request)
{
    put_report(request, json__print);
}

static void put_trend_of_one(const struct request *request, const struct trend_options *options,
                             void (*print)(FILE *, const struct trend *, const struct trend_options *))
{
    const struct shelf *shelf = watchtower__shelf(request->watchtower);
    const struct gathering_options all = {.skip_exe = (const char *const[]){NULL}};
    struct gathering *gathering =
        gathering__new(&all, figures__symbols(watchtower__figures(request->watchtower)), NULL);
    for (size_t i = 0; i < shelf__count(shelf); i++)
        if (is_asked_for(request, shelf__ledger(shelf, i)))
            gathering__add(gathering, shelf__ledger(shelf, i), NULL);
    print(request->out, gathering__finish(gathering), options);
    gathering__free(gathering);
}

static void put_trend(const struct request *request,
                      void (*print)(FILE *, const struct trend *, const struct trend_options *))
{
    char *links = links_from(request);
    const struct trend_options options = {.report = {.links = links}};
    if (request->pid == 0)
        print(request->out, figures__trend(watchtower__figures(request->watchtower)), &options);
    else
        put_trend_of_one(request, &options, print);
    free(links);
}

static void put_html_trend(const struct request *request)
{
    put_trend(request, trend_html__print);
}

static void put_json_trend(const struct request *request)
{
    put_trend(request, trend_json__print);
}

/* ---- Which of them ----------------------------------------------------------------------------------------------- */

static void put_json_paths(const struct request *request);

static const struct page {
    const char *path; /* PID: any number of a process */
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
    {"/processes/PID", markup, "30", true, put_html_trend},
    {"/processes/PID/report", markup, "30", true, put_html_report},
    {"/processes/PID/trend", markup, "30", true, put_html_trend},
    {"/api", json, NULL, false, put_json_paths},
    {"/api/", json, NULL, false, put_json_paths},
    {"/api/processes", json, NULL, true, put_json_processes},
    {"/api/report", json, NULL, true, put_json_report},
    {"/api/trend", json, NULL, true, put_json_trend},
    {"/api/processes/PID", json, NULL, true, put_json_processes},
    {"/api/processes/PID/report", json, NULL, true, put_json_report},
    {"/api/processes/PID/trend", json, NULL, true, put_json_trend},
};

enum { PAGES = sizeof pages / sizeof pages[0] };

/* Of JSON, what there is to ask for. */
static void put_json_paths(const struct request *request)
{
    static const char below[] = "/api/";
    json_t *paths = json_value__checked(json_array()), *all = json_value__checked(json_object());
    for (size_t i = 0; i < PAGES; i++)
        if (strncmp(pages[i].path, below, strlen(below)) == 0 && pages[i].put != put_json_paths)
            json_value__append(paths, json_value__text(pages[i].path));
    json_value__set(all, "schema", json_value__text("leakwatch.api/1"));
    json_value__set(all, "paths", paths);
    char *text = json_stream__text(all);
    fprintf(request->out, "%s\n", text);
    free(text);
}

/* "/processes/4242/trend" as "/processes/PID/trend", and 4242; others as they are, and 0. */
static char *pattern_of(const char *path, uint32_t *pid)
{
    static const char before[] = "/processes/", api[] = "/api";
    const char *at = strncmp(path, api, strlen(api)) == 0 ? path + strlen(api) : path;
    const char *digits = at + strlen(before);
    char *end;
    *pid = 0;
    if (strncmp(at, before, strlen(before)) != 0 || digits[0] < '1' || digits[0] > '9')
        return heap__copied(path);
    unsigned long number = strtoul(digits, &end, 10);
    if (number <= INT32_MAX)
        *pid = (uint32_t)number;
    return heap__printed("%.*sPID%s", (int)(digits - path), path, end);
}

static const struct page *find(const char *path, uint32_t *pid)
{
    const struct page *found = NULL;
    char *pattern = pattern_of(path, pid);
    for (size_t i = 0; i < PAGES && found == NULL; i++)
        if (strcmp(pattern, pages[i].path) == 0 && (*pid != 0) == (strstr(pages[i].path, "PID") != NULL))
            found = &pages[i];
    free(pattern);
    return found;
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
    if (!watchtower__look(watchtower) && page->wants_directory) {
        char *state = overview__state(watchtower);
        char *line = heap__printed("%s\n", state);
        free(state);
        return refuse(UNAVAILABLE, line);
    }
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
