/* The report as JSON, schema leakwatch.report/1: for other programs.
 *
 * DESIGN. Fields are added, never renamed. Texts that the watched program chose (paths, names, arguments) may be any bytes,
 * and JSON is UTF-8: what is not stands there as \xNN, and a backslash therefore as two, so that nothing is lost. A
 * report may be large, so it is never held as a whole: Jansson makes one process or finding after the other, and each
 * frame once. */
#include <jansson.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "finding.h"
#include "json/value.h"
#include "connections.h"
#include "locks.h"
#include "model/kinds.h"
#include "reports/format.h"
#include "rule/baseline.h"
#include "rule/suppressions.h"
#include "story.h"
#include "wrong.h"

#define SCHEMA "leakwatch.report/1"

struct writer {
    const struct report *report;
    const struct report_options *options;
    struct json_frames frames;
    struct json_stream stream;
};

/* ---- Processes --------------------------------------------------------------------------------------------------- */

/* What differs from one run to the next of the same. */
static void set_passing(json_t *json, const struct process *process)
{
    json_value__set(json, "pid", json_value__number(process->pid));
    json_value__set(json, "ppid", json_value__number(process->ppid));
    json_value__set(json, "host", json_value__text(process->host != NULL ? process->host : ""));
    json_value__set(json, "start", json_value__checked(json_real(process->start)));
    json_value__set(json, "end", process->end > 0 ? json_value__checked(json_real(process->end)) : json_null());
    json_value__set(json, "ledger", json_value__text(process->ledger));
}

static void write_limit_change(struct writer *writer, const struct limit_change *change)
{
    json_t *json = json_value__checked(json_object());
    if (!writer->options->stable)
        json_value__set(json, "seconds", json_value__checked(json_real(change->seconds)));
    json_value__set(json, "soft", json_value__number(change->soft));
    json_value__set(json, "hard", json_value__number(change->hard));
    json_value__set(json, "soft_before", json_value__number(change->soft_before));
    json_value__set(json, "hard_before", json_value__number(change->hard_before));
    json_value__set(json, "call", change->call != NULL ? json_value__text(change->call) : json_null());
    if (change->missed > 0)
        json_value__set(json, "missed", json_value__number(change->missed));
    json_stream__put(&writer->stream, "{");
    json_stream__members(&writer->stream, json);
    json_stream__put(&writer->stream, ",\"stack\":");
    json_frames__stack(&writer->frames, &writer->stream, change->stack);
    json_stream__put(&writer->stream, "}");
}

/* null: nobody has looked. */
static json_t *looked_at(const struct process *process, uint64_t number)
{
    return process->took_nothing ? json_value__checked(json_null()) : json_value__number(number);
}

static void write_limits(struct writer *writer, const struct process *process)
{
    json_t *limits = json_value__checked(json_object());
    json_value__set(limits, "nofile_soft", looked_at(process, process->nofile_soft));
    if (process->ran_out)
        json_value__set(limits, "nofile_full", json_value__number(process->nofile_full));
    json_value__set(limits, "nofile_hard", looked_at(process, process->nofile_hard));
    json_stream__put(&writer->stream, ",\"limits\":{");
    json_stream__members(&writer->stream, limits);
    for (size_t i = 0; i < process->limit_change_count; i++) {
        json_stream__put(&writer->stream, i > 0 ? "," : ",\"history\":[");
        write_limit_change(writer, &process->limit_changes[i]);
    }
    json_stream__put(&writer->stream, process->limit_change_count > 0 ? "]}" : "}");
}

/* Which CPython was met, and whether its lines are told; null: none was. */
static json_t *python_json(const struct process *process)
{
    static const char *const states[] = {
        [LW_PYTHON_TOLD] = "told",
        [LW_PYTHON_UNKNOWN] = "unknown-version",
        [LW_PYTHON_FREE_THREADED] = "free-threaded",
        [LW_PYTHON_DIFFERS] = "another-layout",
        [LW_PYTHON_MACHINE] = "another-machine",
    };
    uint32_t state = process->python_state, version = process->python;
    if (state == LW_PYTHON_NONE || state >= sizeof states / sizeof states[0])
        return json_value__checked(json_null());
    char text[32];
    snprintf(text, sizeof text, "%" PRIu32 ".%" PRIu32 ".%" PRIu32, version >> 24, version >> 16 & 255,
             version >> 8 & 255);
    json_t *python = json_value__checked(json_object());
    json_value__set(python, "version", json_value__text(text));
    json_value__set(python, "lines", json_value__text(states[state]));
    return python;
}

/* Since when, and until when, a process was watched that had run before; null: from its start. */
static json_t *attached_json(const struct process *process, bool stable)
{
    if (!process->is_attached)
        return json_value__checked(json_null());
    json_t *attached = json_value__checked(json_object());
    bool is_over = strcmp(process->how, "detached") == 0;
    if (!stable) {
        json_value__set(attached, "since", json_value__checked(json_real(process->start)));
        json_value__set(attached, "until", json_value__checked(is_over ? json_real(process->end) : json_null()));
    }
    json_value__set(attached, "places", json_value__number(process->places_led));
    json_value__set(attached, "left", json_value__number(process->places_left));
    return attached;
}

static json_t *process_json(const struct process *process, bool stable)
{
    json_t *arguments = json_value__checked(json_array());
    for (const char **argument = process->argv; *argument != NULL; argument++)
        json_value__append(arguments, json_value__text(*argument));
    json_t *end = json_value__checked(json_object());
    json_value__set(end, "how", json_value__text(process->how));
    json_value__set(end, "status", json_value__checked(json_integer(process->status)));
    if (process->was_ended)
        json_value__set(end, "hung", json_true());
    json_t *json = json_value__checked(json_object());
    if (!stable)
        set_passing(json, process);
    json_value__set(json, "image", json_value__number(process->image));
    json_value__set(json, "exe", json_value__text(process->exe));
    json_value__set(json, "name", json_value__text(process->name));
    json_value__set(json, "argv", arguments);
    json_value__set(json, "directory", json_value__text(process->directory));
    json_value__set(json, "exit", end);
    json_value__set(json, "peak_open", looked_at(process, process->peak_open));
    json_value__set(json, "open_at_end", looked_at(process, process->open_at_end));
    json_value__set(json, "judged", json_boolean(process->judged));
    json_value__set(json, "folded", json_value__number(process->folded));
    json_value__set(json, "lost", json_value__number(process->lost));
    json_value__set(json, "scopes_lost", json_value__number(process->scopes_lost));
    json_value__set(json, "locks_lost", json_value__number(process->locks_lost));
    json_value__set(json, "damaged", json_value__number(process->damaged));
    json_value__set(json, "troubles", json_value__number(process->troubles));
    json_value__set(json, "python", python_json(process));
    json_value__set(json, "attached", attached_json(process, stable));
    return json;
}

/* ---- Sums -------------------------------------------------------------------------------------------------------- */

static void add_to(json_t *object, const char *key, const char *what, uint64_t count)
{
    json_t *sums = json_object_get(object, key);
    if (sums == NULL) {
        sums = json_value__checked(json_object());
        json_value__set(object, key, sums);
    }
    json_int_t before = json_integer_value(json_object_get(sums, what));
    json_value__set(sums, what, json_value__number((uint64_t)before + count));
}

static json_t *totals_json(const struct report *report)
{
    json_t *by_kind = json_value__checked(json_object()), *by_level = json_value__checked(json_object());
    uint64_t resources = 0;
    for (size_t i = 0; i < report->finding_count; i++) {
        const struct finding *finding = &report->findings[i];
        add_to(by_kind, finding->kind->name, "findings", 1);
        add_to(by_kind, finding->kind->name, "count", finding->count);
        add_to(by_level, level__name(finding->level), "findings", 1);
        add_to(by_level, level__name(finding->level), "count", finding->count);
        resources += finding->count;
    }
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "findings", json_value__number(report->finding_count));
    json_value__set(json, "count", json_value__number(resources));
    json_value__set(json, "by_kind", by_kind);
    json_value__set(json, "by_level", by_level);
    json_value__set(json, "expected", json_value__number(report->expected));
    json_value__set(json, "injected", json_value__number(report->injected));
    json_value__set(json, "failed_releases", json_wrong__results(&report->failures));
    if (report->audited)
        json_value__set(json, "audited_sites", json_wrong__results(&report->sites));
    return json;
}

static json_t *suppressed_json(const struct writer *writer)
{
    const struct report *report = writer->report;
    const struct suppression *rule;
    json_t *by_rule = json_value__checked(json_object()), *unused = json_value__checked(json_array());
    uint64_t count = 0;
    for (size_t i = 0; i < report->suppressed_count; i++) {
        const struct finding *finding = &report->findings[report->finding_count + i];
        json_t *rule_text = json_value__text(finding->rule);
        const char *key = json_string_value(rule_text);
        json_int_t before = json_integer_value(json_object_get(by_rule, key));
        json_value__set(by_rule, key, json_value__number((uint64_t)before + finding->count));
        json_decref(rule_text);
        count += finding->count;
    }
    for (size_t i = 0; (rule = suppressions__get(writer->options->suppressions, i)) != NULL; i++)
        if (!rule->is_built_in && !rule->used)
            json_value__append(unused, json_value__text(rule->text));
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "count", json_value__number(count));
    json_value__set(json, "by_rule", by_rule);
    json_value__set(json, "unused", unused);
    return json;
}

/* What the baseline knows and nobody has seen any more. What was seen counts as suppressed by the rule "baseline". */
static json_t *baseline_json(const struct report *report)
{
    const struct baseline_row *row;
    json_t *gone = json_value__checked(json_array());
    for (size_t i = 0; (row = baseline__gone(report->baseline, i)) != NULL; i++) {
        json_t *json = json_value__checked(json_object());
        json_value__set(json, "kind", json_value__text(row->kind));
        json_value__set(json, "fingerprint", json_value__text(row->fingerprint));
        json_value__set(json, "count", json_value__number(row->count));
        json_value__set(json, "where", json_value__text(row->where ? row->where : ""));
        json_value__append(gone, json);
    }
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "gone", gone);
    return json;
}

/* ---- The whole --------------------------------------------------------------------------------------------------- */

static void write_member(struct writer *writer, const char *key, json_t *json)
{
    json_stream__put(&writer->stream, ",\n\"");
    json_stream__put(&writer->stream, key);
    json_stream__put(&writer->stream, "\": ");
    json_stream__value(&writer->stream, json);
}

static void write_processes(struct writer *writer)
{
    json_stream__put(&writer->stream, ",\n\"processes\": [");
    for (size_t i = 0; i < writer->report->process_count; i++) {
        json_stream__put(&writer->stream, i > 0 ? ",\n{" : "\n{");
        json_stream__members(&writer->stream, process_json(&writer->report->processes[i], writer->options->stable));
        write_limits(writer, &writer->report->processes[i]);
        json_stream__put(&writer->stream, "}");
    }
    json_stream__put(&writer->stream, "]");
}

/* A limit that nobody asked for cuts nothing off here. */
static size_t shown(const struct report_options *options, size_t count)
{
    return options->top_is_given && options->top > 0 && options->top < count ? options->top : count;
}

static json_t *unread_json(const struct report *report)
{
    json_t *list = json_value__checked(json_array());
    for (size_t i = 0; i < report->unread_count; i++)
        json_value__append(list, json_value__text(report->unread[i]));
    return list;
}

static void write_scopes(struct writer *writer)
{
    size_t count = shown(writer->options, writer->report->scope_count);
    json_stream__put(&writer->stream, ",\n\"scopes\": [");
    for (size_t i = 0; i < count; i++) {
        json_stream__put(&writer->stream, i > 0 ? ",\n" : "\n");
        json_stream__value(&writer->stream, json_story__scope(&writer->report->scopes[i], writer->options->stable));
    }
    json_stream__put(&writer->stream, "]");
    write_member(writer, "scopes_omitted", json_value__number(writer->report->scope_count - count));
}

static void write_findings(struct writer *writer)
{
    const struct report *report = writer->report;
    size_t count = shown(writer->options, report->finding_count);
    const char *separator = "\n";
    json_stream__put(&writer->stream, ",\n\"findings\": [");
    for (size_t i = 0; i < report->finding_count + report->suppressed_count; i++) {
        bool is_suppressed = i >= report->finding_count;
        if (is_suppressed ? !writer->options->show_suppressed : i >= count)
            continue;
        json_stream__put(&writer->stream, separator);
        json_finding__write(&writer->stream, &writer->frames, &report->findings[i], report->processes,
                            writer->options->stable);
        separator = ",\n";
    }
    json_stream__put(&writer->stream, "]");
    write_member(writer, "omitted", json_value__number(report->finding_count - count));
}

void json__print(FILE *out, const struct report *report, const struct report_options *options)
{
    struct writer writer = {.report = report, .options = options};
    writer.frames.source_root = options->source_root;
    writer.frames.stable = options->stable;
    writer.stream.out = out;
    json_stream__put(&writer.stream, "{\"schema\": \"" SCHEMA "\"");
    write_member(&writer, "version", json_value__text(LEAKWATCH_VERSION));
    write_processes(&writer);
    write_findings(&writer);
    write_scopes(&writer);
    json_locks__write(&writer.stream, &writer.frames, report);
    json_connections__write(&writer.stream, &writer.frames, report);
    write_member(&writer, "suppressed", suppressed_json(&writer));
    write_member(&writer, "totals", totals_json(report));
    if (report->baseline != NULL)
        write_member(&writer, "baseline", baseline_json(report));
    if (report->unread_count > 0 && !options->stable)
        write_member(&writer, "unread", unread_json(report));
    if (report->cause != NULL)
        write_member(&writer, "cause", json_value__text(report->cause));
    json_stream__put(&writer.stream, "}\n");
    json_stream__flush(&writer.stream);
    json_frames__clear(&writer.frames);
}
