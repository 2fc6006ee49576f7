/* The histories of programs as JSON. */
#include "history_json.h"

#include <stdlib.h>

#include "json/value.h"

#define SECOND 1e9

static json_t *real(double value)
{
    return json_value__checked(json_real(value));
}

static json_t *build_json(const struct history_build *build)
{
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "build", json_value__text(build->name));
    json_value__set(json, "first", real((double)build->first / SECOND));
    json_value__set(json, "last", real((double)build->last / SECOND));
    json_value__set(json, "runs", json_value__number(build->runs));
    return json;
}

static json_t *run_json(const struct history_run *run)
{
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "build", json_value__number(run->build));
    json_value__set(json, "host", json_value__text(run->host));
    json_value__set(json, "pid", json_value__number(run->pid));
    json_value__set(json, "start", real((double)run->start / SECOND));
    json_value__set(json, "lived", real(run->seen > run->start ? (double)(run->seen - run->start) / SECOND : 0));
    json_value__set(json, "how", json_value__text(run->how));
    json_value__set(json, "status", json_value__checked(json_integer(run->status)));
    json_value__set(json, "open", json_value__number(run->open));
    json_value__set(json, "peak", json_value__number(run->peak));
    json_value__set(json, "limit", json_value__number(run->limit));
    json_value__set(json, "leaking", json_value__number(run->leaking));
    return json;
}

static json_t *part_json(const struct history_part *part, size_t build)
{
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "build", json_value__number(build));
    json_value__set(json, "runs", json_value__number(part->met));
    json_value__set(json, "leaking", json_value__number(part->leaking));
    json_value__set(json, "held_median", json_value__number(part->held_median));
    json_value__set(json, "held_most", json_value__number(part->held_most));
    json_value__set(json, "rate", real(part->rate));
    json_value__set(json, "verdict", json_value__text(part->verdict));
    return json;
}

static json_t *site_json(const struct history *history, const struct history_site *site, int64_t now)
{
    json_t *json = json_value__checked(json_object()), *parts = json_value__checked(json_array());
    char *sentence = history__since(history, site, now);
    json_value__set(json, "fingerprint", json_value__text(site->fingerprint));
    json_value__set(json, "kind", json_value__text(site->kind));
    json_value__set(json, "call", json_value__text(site->call));
    json_value__set(json, "scope", json_value__text(site->scope));
    json_value__set(json, "place", json_value__text(site->place));
    json_value__set(json, "leaks", json_boolean(site->leaks));
    json_value__set(json, "sentence", sentence[0] != '\0' ? json_value__text(sentence) : json_null());
    json_value__set(json, "since", json_value__number(site->since));
    json_value__set(json, "runs", json_value__number(site->runs));
    json_value__set(json, "leaking", json_value__number(site->leaking));
    json_value__set(json, "before", json_value__number(site->before));
    json_value__set(json, "before_leaking", json_value__number(site->before_leaking));
    json_value__set(json, "rate", real(site->rate));
    json_value__set(json, "plateau", json_value__number(site->plateau));
    json_value__set(json, "plateau_runs", json_value__number(site->plateau_runs));
    for (size_t i = 0; i < history->build_count; i++)
        if (site->parts[i].met > 0)
            json_value__append(parts, part_json(&site->parts[i], i));
    json_value__set(json, "builds", parts);
    free(sentence);
    return json;
}

json_t *history_json__of(const struct history *history, int64_t now)
{
    json_t *json = json_value__checked(json_object());
    json_t *builds = json_value__checked(json_array()), *runs = json_value__checked(json_array());
    json_t *sites = json_value__checked(json_array());
    for (size_t i = 0; i < history->build_count; i++)
        json_value__append(builds, build_json(&history->builds[i]));
    for (size_t i = 0; i < history->run_count; i++)
        json_value__append(runs, run_json(&history->runs[i]));
    for (size_t i = 0; i < history->site_count; i++)
        json_value__append(sites, site_json(history, &history->sites[i], now));
    json_value__set(json, "program", json_value__text(history->program));
    json_value__set(json, "builds", builds);
    json_value__set(json, "runs", runs);
    json_value__set(json, "sites", sites);
    return json;
}
