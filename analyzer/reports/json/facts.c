/* What a finding says besides, as JSON: of each fact what its row says that it has. */
#include "facts.h"

#include "error.h"
#include "json/value.h"

static json_t *members(const struct fact *fact, const struct fact_kind *kind, bool stable)
{
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "name", json_value__text(kind->name));
    if (kind->parts & (HAS_WORDS | HAS_TEXT))
        json_value__set(json, "text", json_value__text(fact->text));
    if (kind->parts & HAS_COUNT)
        json_value__set(json, "count", json_value__number(fact->count));
    if (kind->parts & HAS_CALL)
        json_value__set(json, "call", json_value__text(fact->call));
    if (kind->parts & HAS_ERROR)
        json_value__set(json, "errno", json_error__name(fact->error));
    if (kind->parts & HAS_SECONDS && !stable)
        json_value__set(json, "seconds", json_value__checked(json_real(fact->seconds)));
    return json;
}

static void write_fact(struct json_stream *stream, struct json_frames *frames, const struct fact *fact, bool stable)
{
    const struct fact_kind *kind = facts__kind(fact->id);
    json_stream__put(stream, "{");
    json_stream__members(stream, members(fact, kind, stable));
    if (kind->parts & HAS_PLACE) {
        json_stream__put(stream, ",\"place\":");
        json_frames__place(frames, stream, fact->place);
    }
    if (kind->parts & HAS_STACK) {
        json_stream__put(stream, ",\"stack\":");
        json_frames__way(frames, stream, fact->stack);
    }
    if (kind->parts & HAS_ITEMS) {
        json_stream__put(stream, ",\"items\":");
        json_frames__items(frames, stream, fact->items, fact->item_count);
    }
    json_stream__put(stream, "}");
}

void json_facts__write(struct json_stream *stream, struct json_frames *frames, const struct finding *finding,
                       bool stable)
{
    if (finding->fact_count == 0)
        return;
    json_stream__put(stream, ",\"facts\":[");
    for (size_t i = 0; i < finding->fact_count; i++) {
        json_stream__put(stream, i > 0 ? "," : "");
        write_fact(stream, frames, &finding->facts[i], stable);
    }
    json_stream__put(stream, "]");
}
