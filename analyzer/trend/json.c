/* The trend as JSON: all of it. Seconds are since the process's start, or from now. */

#include "base/table.h"
#include "format.h"
#include "history_json.h"
#include "json/stream.h"
#include "json/value.h"
#include "model/kinds.h"
#include "model/resource.h"
#include "reports/json/frames.h"
#include "symbol/stack.h"

#define SCHEMA "leakwatch.trend/1"

enum { HOUR = 3600 };

struct writer {
    struct json_stream stream;
    struct json_frames frames;
    const struct trend *trend;
    const struct report_options *options;
};

static json_t *forecast_json(const struct growth_forecast *forecast)
{
    json_t *json = json_value__checked(json_object());
    bool is_given = forecast->is_given;
    json_value__set(json, "given", json_boolean(is_given));
    json_value__set(json, "why_not", is_given ? json_null() : json_value__text(forecast->why_not));
    json_value__set(json, "conditional", json_boolean(is_given && forecast->is_conditional));
    json_value__set(json, "earliest", is_given ? json_value__finite(forecast->earliest) : json_null());
    json_value__set(json, "point", is_given ? json_value__finite(forecast->point) : json_null());
    json_value__set(json, "latest", is_given ? json_value__finite(forecast->latest) : json_null());
    json_value__set(json, "rate", is_given ? json_value__finite(forecast->rate * HOUR) : json_null());
    json_value__set(json, "less_than_a_day", json_boolean(is_given && forecast->is_young));
    return json;
}

static json_t *samples_json(const struct process *process)
{
    json_t *list = json_value__checked(json_array());
    for (size_t i = 0; i < process->sample_count; i++) {
        json_t *pair = json_value__checked(json_array());
        json_value__append(pair, json_value__finite(process->samples[i].seconds));
        json_value__append(pair, json_value__number(process->samples[i].open));
        json_value__append(list, pair);
    }
    return list;
}

static json_t *arguments_json(const struct process *process)
{
    json_t *list = json_value__checked(json_array());
    for (const char **argument = process->argv; *argument != NULL; argument++)
        json_value__append(list, json_value__text(*argument));
    return list;
}

static json_t *process_json(const struct trend_process *process)
{
    const struct process *of = &process->process;
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "pid", json_value__number(of->pid));
    json_value__set(json, "program", json_value__text(of->name));
    json_value__set(json, "exe", json_value__text(of->exe));
    json_value__set(json, "argv", arguments_json(of));
    json_value__set(json, "host", json_value__text(of->host));
    json_value__set(json, "ledger", json_value__text(of->ledger));
    json_value__set(json, "start", json_value__finite(of->start));
    json_value__set(json, "how", json_value__text(of->how));
    json_value__set(json, "status", json_value__checked(json_integer(of->status)));
    json_value__set(json, "running", json_boolean(process->is_running));
    json_value__set(json, "counted", json_boolean(process->counts));
    json_value__set(json, "succeeded", json_boolean(of->is_succeeded));
    json_value__set(json, "lived", json_value__finite(process->lived));
    json_value__set(json, "limit", process->limit > 0 ? json_value__number(process->limit) : json_null());
    json_value__set(json, "first_limit",
                    process->first_limit > 0 ? json_value__number(process->first_limit) : json_null());
    json_value__set(json, "limit_changed",
                    process->limit_changed >= 0 ? json_value__finite(process->limit_changed) : json_null());
    json_value__set(json, "open", json_value__number(process->open));
    json_value__set(json, "open_at_least", json_boolean(process->is_open_at_least));
    json_value__set(json, "lost", json_value__number(of->lost));
    json_value__set(json, "peak", json_value__number(of->peak_open));
    json_value__set(json, "others", json_value__number(process->others));
    json_value__set(json, "leaking", json_value__number(process->leaking));
    json_value__set(json, "suspect", json_value__number(process->suspect));
    json_value__set(json, "forecast", forecast_json(&process->forecast));
    json_value__set(json, "threads", forecast_json(&process->threads));
    json_value__set(json, "children", forecast_json(&process->children));
    json_value__set(json, "charted", json_boolean(process->is_charted));
    json_value__set(json, "samples", samples_json(of));
    return json;
}

static json_t *program_json(const struct trend_program *program)
{
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "program", json_value__text(program->name));
    json_value__set(json, "processes", json_value__number(program->processes));
    json_value__set(json, "running", json_value__number(program->running));
    json_value__set(json, "leaking", json_value__number(program->leaking));
    json_value__set(json, "open", json_value__number(program->open));
    json_value__set(json, "worst", json_value__number(program->worst));
    return json;
}

static json_t *births_json(const struct trend_share *share)
{
    json_t *list = json_value__checked(json_array());
    for (size_t i = 0; i < share->birth_count; i++)
        json_value__append(list, json_value__finite(share->births[i]));
    return list;
}

static json_t *share_json(const struct trend_share *share)
{
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "process", json_value__number(share->process));
    json_value__set(json, "verdict", json_value__text(growth__verdict_name(share->verdict)));
    json_value__set(json, "held", json_value__number(share->held));
    json_value__set(json, "descriptors", json_value__number(share->descriptors));
    json_value__set(json, "acquired", json_value__number(share->acquired));
    json_value__set(json, "released", json_value__number(share->released));
    json_value__set(json, "rate", json_value__finite(share->rate));
    json_value__set(json, "births", births_json(share));
    return json;
}

/* Those that are not empty: below so many seconds, how many. */
static json_t *lifetimes_json(const struct trend_site *site)
{
    json_t *list = json_value__checked(json_array());
    for (unsigned i = 0; i < LW_LIFETIMES; i++) {
        if (site->lifetimes[i] == 0)
            continue;
        json_t *pair = json_value__checked(json_array());
        bool is_last = i + 1 == LW_LIFETIMES;
        json_value__append(pair,
                           is_last ? json_null() : json_value__finite((double)(1ULL << (LW_LIFETIME_SHIFT + i)) / 1e9));
        json_value__append(pair, json_value__number(site->lifetimes[i]));
        json_value__append(list, pair);
    }
    return list;
}

static json_t *site_json(const struct trend_site *site)
{
    json_t *json = json_value__checked(json_object());
    bool is_told = site->sentence != NULL;
    json_value__set(json, "fingerprint", json_value__text(site->fingerprint));
    json_value__set(json, "kind", json_value__text(site->leak->name));
    json_value__set(json, "class", json_value__text(lw_class_name(lw_class(site->kind))));
    json_value__set(json, "type", json_value__text(resource__type(site->kind)));
    json_value__set(json, "call", json_value__text(site->call));
    json_value__set(json, "scope", json_value__text(site->scope));
    json_value__set(json, "verdict", json_value__text(growth__verdict_name(site->verdict)));
    json_value__set(json, "sentence", json_value__text(site->sentence));
    json_value__set(json, "sentence_of", is_told ? json_value__number(site->sentence_of) : json_null());
    json_value__set(json, "held", json_value__number(site->held));
    json_value__set(json, "descriptors", json_value__number(site->descriptors));
    json_value__set(json, "acquired", json_value__number(site->acquired));
    json_value__set(json, "released", json_value__number(site->released));
    json_value__set(json, "rate", json_value__finite(site->rate));
    json_value__set(json, "lifetimes", lifetimes_json(site));
    return json;
}

/* ---- The whole --------------------------------------------------------------------------------------------------- */

static void write_key(struct writer *writer, const char *key)
{
    json_stream__put(&writer->stream, ",\n\"");
    json_stream__put(&writer->stream, key);
    json_stream__put(&writer->stream, "\": ");
}

static void write_site(struct writer *writer, const struct trend_site *site)
{
    json_stream__put(&writer->stream, "{");
    json_stream__members(&writer->stream, site_json(site));
    json_stream__put(&writer->stream, ",\"place\":");
    json_frames__place(&writer->frames, &writer->stream, stack__user_frame(site->stack));
    json_stream__put(&writer->stream, ",\"stack\":");
    json_frames__stack(&writer->frames, &writer->stream, site->stack);
    json_stream__put(&writer->stream, ",\"shares\":[");
    for (size_t i = 0; i < site->share_count; i++) {
        json_stream__put(&writer->stream, i > 0 ? "," : "");
        json_stream__value(&writer->stream, share_json(&site->shares[i]));
    }
    json_stream__put(&writer->stream, "]}");
}

static void begin_element(struct writer *writer, size_t number)
{
    json_stream__put(&writer->stream, number > 0 ? ",\n" : "\n");
}

static void write_sites(struct writer *writer)
{
    const struct report_options *options = writer->options;
    size_t count = writer->trend->site_count;
    if (options->top_is_given && options->top > 0 && options->top < count)
        count = options->top;
    write_key(writer, "sites");
    json_stream__put(&writer->stream, "[");
    for (size_t i = 0; i < count; i++) {
        begin_element(writer, i);
        write_site(writer, &writer->trend->sites[i]);
    }
    json_stream__put(&writer->stream, "]");
    write_key(writer, "omitted");
    json_stream__value(&writer->stream, json_value__number(writer->trend->site_count - count));
}

static void write_processes(struct writer *writer)
{
    write_key(writer, "processes");
    json_stream__put(&writer->stream, "[");
    for (size_t i = 0; i < writer->trend->process_count; i++) {
        begin_element(writer, i);
        json_stream__value(&writer->stream, process_json(&writer->trend->processes[i]));
    }
    json_stream__put(&writer->stream, "]");
    write_key(writer, "programs");
    json_stream__put(&writer->stream, "[");
    for (size_t i = 0; i < writer->trend->program_count; i++) {
        begin_element(writer, i);
        json_stream__value(&writer->stream, program_json(&writer->trend->programs[i]));
    }
    json_stream__put(&writer->stream, "]");
}

static json_t *unread_json(const struct trend *trend)
{
    json_t *list = json_value__checked(json_array());
    for (size_t i = 0; i < trend->unread_count; i++)
        json_value__append(list, json_value__text(trend->unread[i]));
    return list;
}

static void write_histories(struct writer *writer)
{
    const struct trend *trend = writer->trend;
    write_key(writer, "history");
    json_stream__put(&writer->stream, "[");
    for (size_t i = 0; i < trend->history_count; i++) {
        begin_element(writer, i);
        json_stream__value(&writer->stream, history_json__of(trend->histories[i], trend->now));
    }
    json_stream__put(&writer->stream, "]");
}

void trend_json__print(FILE *out, const struct trend *trend, const struct trend_options *options)
{
    struct writer writer = {.trend = trend, .options = &options->report};
    writer.frames.source_root = options->report.source_root;
    writer.stream.out = out;
    json_stream__put(&writer.stream, "{\"schema\": \"" SCHEMA "\"");
    write_key(&writer, "version");
    json_stream__value(&writer.stream, json_value__text(LEAKWATCH_VERSION));
    write_processes(&writer);
    write_sites(&writer);
    write_key(&writer, "skipped");
    json_stream__value(&writer.stream, json_value__number(trend->skipped));
    write_key(&writer, "unread");
    json_stream__value(&writer.stream, unread_json(trend));
    write_histories(&writer);
    json_stream__put(&writer.stream, "}\n");
    json_stream__flush(&writer.stream);
    json_frames__clear(&writer.frames);
}
