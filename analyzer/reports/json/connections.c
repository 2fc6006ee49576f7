/* Connections that are held, as JSON. */
#include "connections.h"

#include "json/value.h"
#include "model/resource.h"

static json_t *seconds(double value)
{
    return value >= 0 ? json_value__checked(json_real(value)) : json_null();
}

static json_t *states(const struct connection_summary *summary)
{
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "open", json_value__number(summary->open));
    json_value__set(json, "connecting", json_value__number(summary->connecting));
    json_value__set(json, "close_wait", json_value__number(summary->hung_up));
    json_value__set(json, "closing", json_value__number(summary->closing));
    json_value__set(json, "over", json_value__number(summary->over));
    return json;
}

static json_t *idle(const struct connection_summary *summary, double than)
{
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "seen", json_value__number(summary->idle_seen));
    json_value__set(json, "longer", json_value__number(summary->idle_long));
    json_value__set(json, "than_seconds", seconds(than));
    json_value__set(json, "longest_seconds", seconds(summary->idle_longest));
    return json;
}

static void write_waiting(struct json_stream *stream, struct json_frames *frames,
                          const struct connection_summary *summary)
{
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "threads", json_value__number(summary->waiting));
    json_value__set(json, "type", json_value__text(resource__type(summary->waits_for)));
    json_stream__put(stream, ",\"waiting\":{");
    json_stream__members(stream, json);
    json_stream__put(stream, ",\"place\":");
    json_frames__place(frames, stream, stack__user_frame(summary->waits));
    json_stream__put(stream, "}");
}

static json_t *members(const struct connection_summary *summary, double than, bool stable)
{
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "program", json_value__text(summary->program));
    json_value__set(json, "processes", json_value__number(summary->processes));
    json_value__set(json, "peer", json_value__text(summary->peer));
    json_value__set(json, "cut", json_boolean(summary->is_cut));
    json_value__set(json, "service", json_value__text(summary->service));
    json_value__set(json, "accepted", json_boolean(summary->is_accepted));
    json_value__set(json, "listener", json_value__text(summary->listener));
    json_value__set(json, "call", json_value__text(summary->call));
    json_value__set(json, "held", json_value__number(summary->held));
    json_value__set(json, "ports", json_value__number(summary->ports));
    json_value__set(json, "peak", json_value__number(summary->peak));
    json_value__set(json, "peak_is_bound", json_boolean(summary->peak_is_bound));
    json_value__set(json, "states", states(summary));
    if (!stable) {
        json_value__set(json, "longest_seconds", seconds(summary->longest));
        json_value__set(json, "idle", idle(summary, than));
    }
    return json;
}

static void write_summary(struct json_stream *stream, struct json_frames *frames,
                          const struct connection_summary *summary, double than)
{
    json_stream__put(stream, "{");
    json_stream__members(stream, members(summary, than, frames->stable));
    if (summary->waiting > 0 && !frames->stable)
        write_waiting(stream, frames, summary);
    json_stream__put(stream, ",\"place\":");
    json_frames__place(frames, stream, stack__user_frame(summary->stack));
    json_stream__put(stream, ",\"stack\":");
    json_frames__stack(frames, stream, summary->stack);
    json_stream__put(stream, "}");
}

void json_connections__write(struct json_stream *stream, struct json_frames *frames, const struct report *report)
{
    if (!report->connections_asked)
        return;
    json_stream__put(stream, ",\n\"connections\": [");
    for (size_t i = 0; i < report->connection_count; i++) {
        json_stream__put(stream, i > 0 ? ",\n" : "\n");
        write_summary(stream, frames, &report->connections[i], report->idle);
    }
    json_stream__put(stream, "]");
}
