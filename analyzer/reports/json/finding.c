/* One finding as JSON. */
#include "finding.h"

#include <stdio.h>

#include "error.h"
#include "facts.h"
#include "growth.h"
#include "json/value.h"
#include "model/finding_processes.h"
#include "model/kinds.h"
#include "story.h"
#include "wrong.h"

static json_t *id_json(const struct example *example, bool stable)
{
    char text[24];
    if (!example->has_id || stable)
        return json_null();
    snprintf(text, sizeof text, "%llu", (unsigned long long)example->id);
    return json_value__text(text);
}

static json_t *resource_json(const struct finding *finding, bool stable)
{
    bool hides_ids = stable;
    static const struct example none = {.has_id = false};
    const struct example *first = finding->resource.example_count > 0 ? &finding->resource.examples[0] : &none;
    json_t *examples = json_value__checked(json_array());
    for (size_t i = 0; i < finding->resource.example_count; i++) {
        json_t *one = json_value__checked(json_object());
        json_value__set(one, "id", id_json(&finding->resource.examples[i], hides_ids));
        json_value__set(one, "detail", json_value__text(finding->resource.examples[i].detail));
        json_value__set(one, "label", json_value__text(finding->resource.examples[i].label));
        json_value__append(examples, one);
    }
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "class", json_value__text(finding->resource.class));
    json_value__set(json, "type", json_value__text(finding->resource.type));
    json_value__set(json, "id", id_json(first, hides_ids));
    json_value__set(json, "detail", json_value__text(first->detail));
    json_value__set(json, "details", json_value__number(finding->resource.details));
    json_value__set(json, "examples", examples);
    return json;
}

static json_t *pids_json(const struct finding *finding, const struct process *processes)
{
    json_t *pids = json_value__checked(json_array());
    for (size_t i = 0; i < finding->process_count; i++)
        if (!finding_processes__is_again(finding, processes, i))
            json_value__append(pids, json_value__number(processes[finding->processes[i]].pid));
    return pids;
}

static json_t *plain_members(const struct finding *finding, const struct process *processes, bool stable)
{
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "kind", json_value__text(finding->kind->name));
    json_value__set(json, "level", json_value__text(level__name(finding->level)));
    json_value__set(json, "count", json_value__number(finding->count));
    json_value__set(json, "worst", json_value__number(finding->worst));
    json_value__set(json, "spared", json_value__number(finding->spared));
    json_value__set(json, "fingerprint", json_value__text(finding->fingerprint));
    if (!stable)
        json_value__set(json, "pids", pids_json(finding, processes));
    json_value__set(json, "scope", json_value__text(finding->scope));
    json_value__set(json, "resource", resource_json(finding, stable));
    json_value__set(json, "call", json_value__text(finding->call));
    json_value__set(json, "errno", json_error__name(finding->error));
    json_value__set(json, "verdict", json_value__text(finding__text(finding, FACT_VERDICT)));
    if (!stable)
        json_value__set(json, "age_seconds",
                        finding->age_seconds >= 0 ? json_value__checked(json_real(finding->age_seconds)) : json_null());
    if (!stable || !finding->later_varies)
        json_value__set(json, "later", json_value__text(finding->later));
    json_value__set(json, "held_to_end", finding->held_to_end ? json_true() : json_false());
    json_value__set(json, "siblings", json_value__number(finding->siblings));
    if (finding__fact(finding, FACT_IMBALANCE) != NULL)
        json_value__set(json, "imbalance", json_value__text(finding__text(finding, FACT_IMBALANCE)));
    json_growth__set(json, finding, stable);
    if (finding__fact(finding, FACT_LEFT) != NULL)
        json_story__set(json, finding, stable);
    if (finding->kind->about & ABOUT_RELEASE)
        json_wrong__set(json, finding);
    if (finding->rule != NULL) {
        json_value__set(json, "suppressed", json_true());
        json_value__set(json, "rule", json_value__text(finding->rule));
    }
    return json;
}

static void put_stacks(struct json_stream *stream, struct json_frames *frames, const struct finding *finding)
{
    bool is_use = finding->kind->released == FACT_USED;
    json_stream__put(stream, ",\"stacks\":{\"acquired\":");
    json_frames__stack(frames, stream, finding->acquired);
    json_stream__put(stream, ",\"released\":");
    json_frames__stack(frames, stream, is_use ? NULL : finding->released);
    json_stream__put(stream, ",\"used\":");
    json_frames__stack(frames, stream, is_use ? finding->released : NULL);
    json_stream__put(stream, ",\"first_release\":");
    json_frames__stack(frames, stream, finding__first_release(finding));
    json_stream__put(stream, ",\"also\":[");
    for (size_t i = 0; i < finding->also_count; i++) {
        json_stream__put(stream, i > 0 ? "," : "");
        json_frames__stack(frames, stream, finding->also[i]);
    }
    json_stream__put(stream, "]}");
}

void json_finding__write(struct json_stream *stream, struct json_frames *frames, const struct finding *finding,
                         const struct process *processes, bool stable)
{
    const struct fact *holders = finding__holders(finding);
    json_stream__put(stream, "{");
    json_stream__members(stream, plain_members(finding, processes, stable));
    put_stacks(stream, frames, finding);
    json_stream__put(stream, ",\"contrast\":");
    json_frames__items(frames, stream, finding->contrasts, finding->contrast_count);
    json_stream__put(stream, ",\"holders\":");
    json_frames__items(frames, stream, holders ? holders->items : NULL, holders ? holders->item_count : 0);
    if (finding__fact(finding, FACT_LEFT) != NULL)
        json_story__write(stream, frames, finding);
    json_wrong__write(stream, frames, finding);
    json_facts__write(stream, frames, finding, stable);
    json_stream__put(stream, "}");
}
