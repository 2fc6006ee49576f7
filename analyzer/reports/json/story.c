/* What a finding about a scope has besides, as JSON. */
#include "story.h"

#include "error.h"
#include "json/value.h"
#include "model/resource.h"

void json_story__set(json_t *json, const struct finding *finding, bool stable)
{
    const struct scope_story *story = finding->story;
    json_t *entries = json_value__checked(json_object());
    json_value__set(entries, "entered", json_value__number(story->entered));
    json_value__set(entries, "ended", json_value__number(story->ended));
    json_value__set(entries, "failed", json_value__number(story->failed));
    json_value__set(entries, "left", json_value__number(story->left));
    json_value__set(entries, "left_failed", json_value__number(story->left_failed));
    json_value__set(entries, "most", json_value__number(story->most));
    json_value__set(entries, "only_when_failed", json_boolean(story->only_when_failed));
    json_value__set(entries, "reason", json_value__text(story->reason));
    json_value__set(json, "scope_entries", entries);
    json_t *later = json_value__checked(json_object());
    json_value__set(later, "count", json_value__number(story->later));
    if (!stable) {
        json_value__set(later, "median_seconds", json_value__checked(json_real(story->later_median)));
        json_value__set(later, "longest_seconds", json_value__checked(json_real(story->later_longest)));
    }
    json_value__set(later, "call", json_value__text(story->later_call));
    json_value__set(json, "released_later", later);
}

static void write_part(struct json_stream *stream, struct json_frames *frames, const struct part *part, int error)
{
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "call", json_value__text(part->call));
    if (error == 0) {
        json_value__set(json, "type", json_value__text(resource__type(part->kind)));
        json_value__set(json, "count", json_value__number(part->count));
    } else {
        json_value__set(json, "errno", json_error__name(error));
        json_value__set(json, "count", json_value__number(part->count));
    }
    json_stream__put(stream, "{");
    json_stream__members(stream, json);
    json_stream__put(stream, ",\"stack\":");
    json_frames__stack(frames, stream, part->stack);
    json_stream__put(stream, "}");
}

void json_story__write(struct json_stream *stream, struct json_frames *frames, const struct scope_story *story)
{
    json_stream__put(stream, ",\"parts\":[");
    for (size_t i = 0; i < story->part_count; i++) {
        json_stream__put(stream, i > 0 ? "," : "");
        write_part(stream, frames, &story->parts[i], 0);
    }
    json_stream__put(stream, "],\"more_parts\":");
    json_stream__value(stream, json_value__number(story->more_parts));
    json_stream__put(stream, ",\"attempt\":");
    if (story->attempt.call != NULL)
        write_part(stream, frames, &story->attempt, story->attempt_error);
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
