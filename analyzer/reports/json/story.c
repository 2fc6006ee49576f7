/* What a finding about a scope has besides, as JSON. */
#include "story.h"

#include "error.h"
#include "json/value.h"
#include "model/resource.h"

static json_t *count(const struct finding *finding, enum fact_id id)
{
    return json_value__number(finding__count(finding, id));
}

static json_t *late_seconds(const struct finding *finding, enum fact_id id)
{
    const struct fact *fact = finding__fact(finding, id);
    return json_value__checked(json_real(fact != NULL ? fact->seconds : 0));
}

void json_story__set(json_t *json, const struct finding *finding, bool stable)
{
    const struct fact *late = finding__fact(finding, FACT_LATE);
    json_t *entries = json_value__checked(json_object());
    json_value__set(entries, "entered", count(finding, FACT_ENTERED));
    json_value__set(entries, "ended", count(finding, FACT_ENDED));
    json_value__set(entries, "failed", count(finding, FACT_FAILED));
    json_value__set(entries, "left", count(finding, FACT_LEFT));
    json_value__set(entries, "left_failed", count(finding, FACT_LEFT_FAILED));
    json_value__set(entries, "most", count(finding, FACT_MOST));
    json_value__set(entries, "only_when_failed", json_boolean(finding__fact(finding, FACT_OTHERS) != NULL));
    json_value__set(entries, "reason", json_value__text(finding__text(finding, FACT_REASON)));
    json_value__set(json, "scope_entries", entries);
    json_t *later = json_value__checked(json_object());
    json_value__set(later, "count", count(finding, FACT_LATE));
    if (!stable) {
        json_value__set(later, "median_seconds", late_seconds(finding, FACT_LATE_MEDIAN));
        json_value__set(later, "longest_seconds", late_seconds(finding, FACT_LATE));
    }
    json_value__set(later, "call", json_value__text(late ? late->call : NULL));
    json_value__set(json, "released_later", later);
}

/* What failed has an error, what was left a type. */
static void write_part(struct json_stream *stream, struct json_frames *frames, const struct fact *part)
{
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "call", json_value__text(part->call));
    if (part->error == 0)
        json_value__set(json, "type", json_value__text(resource__type(part->resource)));
    else
        json_value__set(json, "errno", json_error__name(part->error));
    json_value__set(json, "count", json_value__number(part->count));
    json_stream__put(stream, "{");
    json_stream__members(stream, json);
    json_stream__put(stream, ",\"stack\":");
    json_frames__stack(frames, stream, part->stack);
    json_stream__put(stream, "}");
}

void json_story__write(struct json_stream *stream, struct json_frames *frames, const struct finding *finding)
{
    const struct fact *parts = finding__fact(finding, FACT_PARTS), *attempt = finding__fact(finding, FACT_ATTEMPT);
    json_stream__put(stream, ",\"parts\":[");
    for (size_t i = 0; parts != NULL && i < parts->item_count; i++) {
        const struct fact part = fact__of_item(&parts->items[i]);
        json_stream__put(stream, i > 0 ? "," : "");
        write_part(stream, frames, &part);
    }
    json_stream__put(stream, "],\"more_parts\":");
    json_stream__value(stream, count(finding, FACT_MORE_PARTS));
    json_stream__put(stream, ",\"attempt\":");
    if (attempt != NULL)
        write_part(stream, frames, attempt);
    else
        json_stream__put(stream, "null");
}

static json_t *seconds(double value)
{
    return value >= 0 ? json_value__checked(json_real(value)) : json_null();
}

json_t *json_story__scope(const struct scope_summary *scope, bool stable)
{
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "path", json_value__text(scope->path));
    json_value__set(json, "program", json_value__text(scope->program));
    json_value__set(json, "kind", json_value__text(scope->kind));
    json_value__set(json, "processes", json_value__number(scope->processes));
    json_value__set(json, "entered", json_value__number(scope->entered));
    json_value__set(json, "ended", json_value__number(scope->ended));
    json_value__set(json, "failed", json_value__number(scope->failed));
    json_value__set(json, "left", json_value__number(scope->left));
    json_value__set(json, "clean", json_value__number(scope->clean));
    json_value__set(json, "most_held", json_value__number(scope->most));
    if (!stable) {
        json_value__set(json, "seconds_median", seconds(scope->median));
        json_value__set(json, "seconds_p99", seconds(scope->p99));
    }
    return json;
}
