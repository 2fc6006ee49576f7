/* What a finding about a release that went wrong has besides, as JSON. */
#include "wrong.h"

#include "json/value.h"
#include "model/kinds.h"

void json_wrong__set(json_t *json, const struct finding *finding)
{
    const struct frame *frame = finding->wrong.decided;
    json_value__set(json, "said", json_value__text(finding->wrong.said));
    json_value__set(json, "was_last", json_boolean(finding->wrong.was_last));
    if (finding->verdict == NULL)
        return;
    json_t *evidence = json_value__checked(json_object());
    json_value__set(evidence, "text", json_value__text(finding->wrong.evidence));
    json_value__set(evidence, "told", json_value__text(finding->wrong.told));
    json_value__set(evidence, "function", json_value__text(frame ? frame->function : NULL));
    json_value__set(evidence, "file", json_value__text(frame ? frame->file : NULL));
    json_value__set(evidence, "line",
                    frame && frame->line > 0 ? json_value__checked(json_integer(frame->line)) : json_null());
    json_value__set(json, "evidence", evidence);
}

void json_wrong__write(struct json_stream *stream, struct json_frames *frames, const struct finding *finding)
{
    if (finding->wrong.victim == NULL)
        return;
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "call", json_value__text(finding->wrong.victim_call));
    json_stream__put(stream, ",\"victim\":{");
    json_stream__members(stream, json);
    json_stream__put(stream, ",\"stack\":");
    json_frames__stack(frames, stream, finding->wrong.victim);
    json_stream__put(stream, "}");
}

json_t *json_wrong__results(const struct results *results)
{
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "checked", json_value__number(results->checked));
    json_value__set(json, "checked_some_paths", json_value__number(results->checked_some_paths));
    json_value__set(json, "ignored", json_value__number(results->ignored));
    json_value__set(json, "returned", json_value__number(results->returned));
    json_value__set(json, "unknown", json_value__number(results->unknown));
    return json;
}
