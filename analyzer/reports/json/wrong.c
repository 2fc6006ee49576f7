/* What a finding about a release that went wrong has besides, as JSON. */
#include "wrong.h"

#include "json/value.h"
#include "model/kinds.h"

static json_t *evidence_json(const struct finding *finding, const struct frame *frame)
{
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "text", json_value__text(finding__text(finding, FACT_EVIDENCE)));
    json_value__set(json, "told", json_value__text(finding__text(finding, FACT_RESULT)));
    json_value__set(json, "function", json_value__text(frame ? frame->function : NULL));
    json_value__set(json, "file", json_value__text(frame ? frame->file : NULL));
    json_value__set(json, "line",
                    frame && frame->line > 0 ? json_value__checked(json_integer(frame->line)) : json_null());
    return json;
}

void json_wrong__set(json_t *json, const struct finding *finding)
{
    const struct fact *verdict = finding__fact(finding, FACT_VERDICT);
    const char *said = finding__text(finding, FACT_SAID), *called = finding__text(finding, FACT_CALLED);
    json_value__set(json, "said", json_value__text(said ? said : called));
    json_value__set(json, "was_last", json_boolean(finding__fact(finding, FACT_WAS_LAST) != NULL));
    if (verdict != NULL)
        json_value__set(json, "evidence", evidence_json(finding, verdict->place));
}

void json_wrong__write(struct json_stream *stream, struct json_frames *frames, const struct finding *finding)
{
    const struct fact *victim = finding__fact(finding, FACT_VICTIM);
    if (victim == NULL || victim->stack == NULL)
        return;
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "call", json_value__text(victim->call));
    json_stream__put(stream, ",\"victim\":{");
    json_stream__members(stream, json);
    json_stream__put(stream, ",\"stack\":");
    json_frames__stack(frames, stream, victim->stack);
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
