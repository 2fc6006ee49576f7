/* The report as JSON, schema leakwatch.report/1: for other programs.
 *
 * DESIGN. Fields are added, never renamed. Texts that the watched program chose (paths, names, arguments) may be any bytes,
 * and JSON is UTF-8: what is not stands there as \xNN, and a backslash therefore as two, so that nothing is lost. Frames
 * and texts occur again and again, so each frame is one object that many arrays refer to, and findings are written one by
 * one. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../findings/kinds.h"
#include "../heap.h"
#include "../source_path.h"
#include "../suppressions.h"
#include "../table.h"
#include "format.h"
#include "json_text.h"

#define SCHEMA "leakwatch.report/1"

struct known_frame {
    const struct frame *frame;
    json_t *json;
    UT_hash_handle hh;
};

struct writer {
    FILE *out;
    const struct report *report;
    const struct report_options *options;
    struct known_frame *frames;
};

/* Jansson gives NULL where memory has run out, and takes NULL for a failure later on. */
static json_t *checked(json_t *json)
{
    if (json == NULL)
        heap__ran_out();
    return json;
}

static json_t *number_json(uint64_t number)
{
    return checked(json_integer(number > INT64_MAX ? INT64_MAX : (json_int_t)number));
}

static void set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        heap__ran_out();
}

static void append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        heap__ran_out();
}

/* ---- Processes --------------------------------------------------------------------------------------------------- */

static json_t *process_json(const struct process *process)
{
    json_t *arguments = checked(json_array());
    for (char **argument = process->argv; *argument != NULL; argument++)
        append(arguments, json_text__new(*argument));
    json_t *limits = checked(json_object());
    set(limits, "nofile_soft", number_json(process->nofile_soft));
    set(limits, "nofile_hard", number_json(process->nofile_hard));
    json_t *end = checked(json_object());
    set(end, "how", json_text__new(process->how));
    set(end, "status", checked(json_integer(process->status)));
    json_t *json = checked(json_object());
    set(json, "pid", number_json(process->pid));
    set(json, "ppid", number_json(process->ppid));
    set(json, "image", number_json(process->image));
    set(json, "exe", json_text__new(process->exe));
    set(json, "argv", arguments);
    set(json, "directory", json_text__new(process->directory));
    set(json, "start", checked(json_real(process->start)));
    set(json, "end", process->end > 0 ? checked(json_real(process->end)) : json_null());
    set(json, "exit", end);
    set(json, "limits", limits);
    set(json, "peak_open", number_json(process->peak_open));
    set(json, "open_at_end", number_json(process->open_at_end));
    set(json, "ledger", json_text__new(process->ledger));
    set(json, "judged", json_boolean(process->judged));
    set(json, "folded", number_json(process->folded));
    set(json, "lost", number_json(process->lost));
    set(json, "damaged", number_json(process->damaged));
    set(json, "troubles", number_json(process->troubles));
    return json;
}

/* ---- Stacks ------------------------------------------------------------------------------------------------------ */

static json_t *new_frame_json(const struct writer *writer, const struct frame *frame)
{
    const char *file = frame->file ? source_path__below(frame->file, writer->options->source_root) : NULL;
    json_t *json = checked(json_object());
    set(json, "function", json_text__new(frame->function));
    set(json, "module", json_text__new(frame->module));
    set(json, "offset", number_json(frame->offset));
    set(json, "file", json_text__new(file));
    set(json, "line", frame->line > 0 ? checked(json_integer(frame->line)) : json_null());
    set(json, "inlined", json_boolean(frame->inlined));
    set(json, "language", json_text__new(frame->language));
    set(json, "build_id", json_text__new(frame->build_id));
    set(json, "changed", json_boolean(frame->changed));
    return json;
}

static json_t *frame_json(struct writer *writer, const struct frame *frame)
{
    struct known_frame *known;
    HASH_FIND_PTR(writer->frames, &frame, known);
    if (known == NULL) {
        known = heap__zeroed(1, sizeof(*known));
        known->frame = frame;
        known->json = new_frame_json(writer, frame);
        HASH_ADD_PTR(writer->frames, frame, known);
    }
    return json_incref(known->json);
}

static void forget_frames(struct writer *writer)
{
    struct known_frame *known, *next;
    HASH_ITER(hh, writer->frames, known, next)
    {
        HASH_DEL(writer->frames, known);
        json_decref(known->json);
        free(known);
    }
}

static json_t *stack_json(struct writer *writer, const struct stack *stack)
{
    json_t *json = checked(json_array());
    for (size_t i = 0; stack != NULL && i < stack->count; i++)
        append(json, frame_json(writer, stack->frames[i]));
    return json;
}

static json_t *contrasts_json(struct writer *writer, const struct contrast *contrasts, size_t count)
{
    json_t *json = checked(json_array());
    for (size_t i = 0; i < count; i++) {
        json_t *one = checked(json_object());
        set(one, "count", number_json(contrasts[i].count));
        set(one, "call", json_text__new(contrasts[i].call));
        set(one, "stack", stack_json(writer, contrasts[i].stack));
        append(json, one);
    }
    return json;
}

/* ---- Findings ---------------------------------------------------------------------------------------------------- */

static json_t *id_json(const struct example *example)
{
    char text[24];
    if (!example->has_id)
        return json_null();
    snprintf(text, sizeof text, "%llu", (unsigned long long)example->id);
    return json_text__new(text);
}

static json_t *resource_json(const struct finding *finding)
{
    static const struct example none = {.has_id = false};
    const struct example *first = finding->resource.example_count > 0 ? &finding->resource.examples[0] : &none;
    json_t *examples = checked(json_array());
    for (size_t i = 0; i < finding->resource.example_count; i++) {
        json_t *one = checked(json_object());
        set(one, "id", id_json(&finding->resource.examples[i]));
        set(one, "detail", json_text__new(finding->resource.examples[i].detail));
        append(examples, one);
    }
    json_t *json = checked(json_object());
    set(json, "class", json_text__new(finding->resource.class));
    set(json, "type", json_text__new(finding->resource.type));
    set(json, "id", id_json(first));
    set(json, "detail", json_text__new(first->detail));
    set(json, "details", number_json(finding->resource.details));
    set(json, "examples", examples);
    return json;
}

static json_t *stacks_json(struct writer *writer, const struct finding *finding)
{
    json_t *json = checked(json_object());
    set(json, "acquired", stack_json(writer, finding->acquired));
    set(json, "released", stack_json(writer, finding->released));
    set(json, "first_release", stack_json(writer, finding->first_release));
    json_t *also = checked(json_array());
    for (size_t i = 0; i < finding->also_count; i++)
        append(also, stack_json(writer, finding->also[i]));
    set(json, "also", also);
    return json;
}

static json_t *errno_json(int error)
{
    char text[24];
    if (error == 0)
        return json_null();
    const char *name = errno_name(error);
    snprintf(text, sizeof text, "%d", error);
    return json_text__new(name ? name : text);
}

static json_t *finding_json(struct writer *writer, const struct finding *finding)
{
    json_t *pids = checked(json_array());
    for (size_t i = 0; i < finding->process_count; i++)
        append(pids, number_json(writer->report->processes[finding->processes[i]].pid));
    json_t *json = checked(json_object());
    set(json, "kind", json_text__new(finding->kind));
    set(json, "level", json_text__new(level__name(finding->level)));
    set(json, "count", number_json(finding->count));
    set(json, "worst", number_json(finding->worst));
    set(json, "spared", number_json(finding->spared));
    set(json, "fingerprint", json_text__new(finding->fingerprint));
    set(json, "pids", pids);
    set(json, "scope", json_text__new(finding->scope));
    set(json, "resource", resource_json(finding));
    set(json, "call", json_text__new(finding->call));
    set(json, "errno", errno_json(finding->error));
    set(json, "verdict", json_text__new(finding->verdict));
    set(json, "age_seconds", finding->age_seconds >= 0 ? checked(json_real(finding->age_seconds)) : json_null());
    set(json, "later", json_text__new(finding->later));
    set(json, "stacks", stacks_json(writer, finding));
    set(json, "siblings", number_json(finding->siblings));
    set(json, "contrast", contrasts_json(writer, finding->contrasts, finding->contrast_count));
    set(json, "holders", contrasts_json(writer, finding->holders, finding->holder_count));
    if (finding->rule != NULL) {
        set(json, "suppressed", json_true());
        set(json, "rule", json_text__new(finding->rule));
    }
    return json;
}

/* ---- Sums -------------------------------------------------------------------------------------------------------- */

static void add_to(json_t *object, const char *key, const char *what, uint64_t count)
{
    json_t *sums = json_object_get(object, key);
    if (sums == NULL) {
        sums = checked(json_object());
        set(object, key, sums);
    }
    json_int_t before = json_integer_value(json_object_get(sums, what));
    set(sums, what, number_json((uint64_t)before + count));
}

static json_t *totals_json(const struct report *report)
{
    json_t *by_kind = checked(json_object()), *by_level = checked(json_object());
    uint64_t resources = 0;
    for (size_t i = 0; i < report->finding_count; i++) {
        const struct finding *finding = &report->findings[i];
        add_to(by_kind, finding->kind, "findings", 1);
        add_to(by_kind, finding->kind, "count", finding->count);
        add_to(by_level, level__name(finding->level), "findings", 1);
        add_to(by_level, level__name(finding->level), "count", finding->count);
        resources += finding->count;
    }
    json_t *json = checked(json_object());
    set(json, "findings", number_json(report->finding_count));
    set(json, "count", number_json(resources));
    set(json, "by_kind", by_kind);
    set(json, "by_level", by_level);
    return json;
}

static json_t *suppressed_json(const struct writer *writer)
{
    const struct report *report = writer->report;
    const struct suppression *rule;
    json_t *by_rule = checked(json_object()), *unused = checked(json_array());
    uint64_t count = 0;
    for (size_t i = 0; i < report->suppressed_count; i++) {
        const struct finding *finding = &report->findings[report->finding_count + i];
        json_t *rule_text = json_text__new(finding->rule);
        const char *key = json_string_value(rule_text);
        json_int_t before = json_integer_value(json_object_get(by_rule, key));
        set(by_rule, key, number_json((uint64_t)before + finding->count));
        json_decref(rule_text);
        count += finding->count;
    }
    for (size_t i = 0; (rule = suppressions__get(writer->options->suppressions, i)) != NULL; i++)
        if (!rule->is_built_in && !rule->used)
            append(unused, json_text__new(rule->text));
    json_t *json = checked(json_object());
    set(json, "count", number_json(count));
    set(json, "by_rule", by_rule);
    set(json, "unused", unused);
    return json;
}

/* ---- The whole --------------------------------------------------------------------------------------------------- */

/* Jansson writes in very small pieces: locking the file for each would take most of the time. */
static int write_piece(const char *piece, size_t length, void *out)
{
    return fwrite_unlocked(piece, 1, length, out) == length ? 0 : -1;
}

static void write_json(FILE *out, json_t *json)
{
    json_dump_callback(json, write_piece, out, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
    json_decref(json);
}

static void write_member(const struct writer *writer, const char *key, json_t *json)
{
    fprintf(writer->out, ",\n\"%s\": ", key);
    write_json(writer->out, json);
}

static void write_processes(const struct writer *writer)
{
    fputs(",\n\"processes\": [", writer->out);
    for (size_t i = 0; i < writer->report->process_count; i++) {
        fputs(i > 0 ? ",\n" : "\n", writer->out);
        write_json(writer->out, process_json(&writer->report->processes[i]));
    }
    fputs("]", writer->out);
}

/* A limit that nobody asked for cuts nothing off here. */
static size_t shown(const struct report_options *options, size_t count)
{
    return options->top_is_given && options->top > 0 && options->top < count ? options->top : count;
}

static void write_findings(struct writer *writer)
{
    const struct report *report = writer->report;
    size_t count = shown(writer->options, report->finding_count);
    bool is_first = true;
    fputs(",\n\"findings\": [", writer->out);
    for (size_t i = 0; i < report->finding_count + report->suppressed_count; i++) {
        bool is_suppressed = i >= report->finding_count;
        if (is_suppressed ? !writer->options->show_suppressed : i >= count)
            continue;
        fputs(is_first ? "\n" : ",\n", writer->out);
        write_json(writer->out, finding_json(writer, &report->findings[i]));
        is_first = false;
    }
    fputs("]", writer->out);
    write_member(writer, "omitted", number_json(report->finding_count - count));
}

void json__print(FILE *out, const struct report *report, const struct report_options *options)
{
    struct writer writer = {.out = out, .report = report, .options = options};
    fputs("{\"schema\": \"" SCHEMA "\"", out);
    write_member(&writer, "version", json_text__new(LEAKWATCH_VERSION));
    write_processes(&writer);
    write_findings(&writer);
    write_member(&writer, "suppressed", suppressed_json(&writer));
    write_member(&writer, "totals", totals_json(report));
    fputs("}\n", out);
    forget_frames(&writer);
}
