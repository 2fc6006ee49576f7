/* What locks cost, as JSON. */
#include "locks.h"

#include "json/value.h"
#include "model/resource.h"

static json_t *seconds(double value)
{
    return value >= 0 ? json_value__checked(json_real(value)) : json_null();
}

/* What the scheduler decides differs from run to run, as times do. */
static void set_times(json_t *json, const struct lock_cost *cost)
{
    json_value__set(json, "contended", json_value__number(cost->contended));
    json_value__set(json, "waited_seconds", seconds(cost->waited));
    json_value__set(json, "longest_wait_seconds", seconds(cost->longest_wait));
    json_value__set(json, "median_wait_seconds", seconds(cost->median_wait));
    json_value__set(json, "longest_hold_seconds", seconds(cost->longest_hold));
    json_value__set(json, "median_hold_seconds", seconds(cost->median_hold));
    json_value__set(json, "waiting", cost->longest_hold >= 0 ? json_value__number(cost->most) : json_null());
}

static void write_cost(struct json_stream *stream, struct json_frames *frames, const struct lock_cost *cost)
{
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "program", json_value__text(cost->program));
    json_value__set(json, "call", json_value__text(cost->call));
    json_value__set(json, "type", json_value__text(resource__type(cost->kind)));
    json_value__set(json, "taken", json_value__number(cost->taken));
    if (!frames->stable)
        set_times(json, cost);
    json_stream__put(stream, "{");
    json_stream__members(stream, json);
    json_stream__put(stream, ",\"place\":");
    json_frames__place(frames, stream, stack__user_frame(cost->stack));
    json_stream__put(stream, ",\"stack\":");
    json_frames__stack(frames, stream, cost->stack);
    json_stream__put(stream, "}");
}

void json_locks__write(struct json_stream *stream, struct json_frames *frames, const struct report *report)
{
    if (report->locks_asked) {
        json_stream__put(stream, ",\n\"locks\": [");
        for (size_t i = 0; i < report->lock_count; i++) {
            json_stream__put(stream, i > 0 ? ",\n" : "\n");
            write_cost(stream, frames, &report->locks[i]);
        }
        json_stream__put(stream, "]");
    }
    if (report->longest_hold != NULL && !frames->stable) {
        json_stream__put(stream, ",\n\"longest_hold\": ");
        write_cost(stream, frames, report->longest_hold);
    }
}
