/* One finding as a SARIF result.
 *
 * DESIGN. Its location is the innermost frame below the source root: there a reviewer can mend it. The acquiring stack is
 * there twice: as a stack, innermost frame first, and as a code flow in the order in which the program went, because
 * viewers show the one or the other. Stacks of releases, and where others were given back, are related locations. */
#include "result.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/heap.h"
#include "json/value.h"
#include "model/call_name.h"
#include "model/finding_processes.h"
#include "model/kinds.h"
#include "reports/place.h"
#include "rules.h"
#include "source/path.h"
#include "symbol/stacks.h"
#include "text.h"

/* ---- Locations --------------------------------------------------------------------------------------------------- */

static json_t *object(void)
{
    return json_value__checked(json_object());
}

static json_t *array(void)
{
    return json_value__checked(json_array());
}

static json_t *safe_text(const char *text)
{
    char *safe = escape__new(text, strlen(text));
    json_t *json = json_value__checked(json_string(safe));
    free(safe);
    return json;
}

static json_t *artifact_json(const struct place *place)
{
    json_t *json = object();
    json_value__set(json, "uri", sarif_text__uri(place->path));
    if (place->is_below)
        json_value__set(json, "uriBaseId", json_value__text(SARIF_ROOT));
    return json;
}

/* A module stands for the source that is not known: viewers want a file. */
static json_t *physical_json(const struct place *place)
{
    json_t *json = object();
    json_value__set(json, "artifactLocation", artifact_json(place));
    if (place->line > 0) {
        json_t *region = object();
        json_value__set(region, "startLine", json_value__checked(json_integer(place->line)));
        json_value__set(json, "region", region);
    }
    return json;
}

static json_t *logical_json(const struct frame *frame)
{
    json_t *list = array(), *json = object();
    json_value__set(json, "fullyQualifiedName", safe_text(frame->function));
    json_value__set(json, "kind", json_value__text("function"));
    json_value__append(list, json);
    return list;
}

static json_t *location_json(const struct quotation *quotation, const struct frame *frame)
{
    struct place place = place__of(frame, &quotation->options);
    json_t *json = object();
    if (place.path != NULL && place.path[0] != '\0')
        json_value__set(json, "physicalLocation", physical_json(&place));
    if (frame->function != NULL)
        json_value__set(json, "logicalLocations", logical_json(frame));
    return json;
}

/* GitHub takes no result that has no location. */
static json_t *program_json(const struct quotation *quotation, const struct finding *finding)
{
    struct place place = place__of_program(finding, quotation->page.report);
    json_t *json = object();
    if (place.path != NULL)
        json_value__set(json, "physicalLocation", physical_json(&place));
    return json;
}

static json_t *with_message(json_t *location, const char *text)
{
    json_value__set(location, "message", sarif_text__message(text));
    return location;
}

/* ---- Stacks ------------------------------------------------------------------------------------------------------ */

static json_t *stack_json(const struct quotation *quotation, const struct stack *stack, const char *title)
{
    json_t *frames = array();
    for (size_t i = 0; i < stack->count; i++) {
        json_t *frame = object();
        json_value__set(frame, "location", location_json(quotation, stack->frames[i]));
        if (stack->frames[i]->module != NULL)
            json_value__set(frame, "module", safe_text(base_name(stack->frames[i]->module)));
        json_value__append(frames, frame);
    }
    json_t *json = object();
    json_value__set(json, "message", sarif_text__message(title));
    json_value__set(json, "frames", frames);
    return json;
}

static json_t *stacks_json(const struct quotation *quotation, const struct finding *finding)
{
    struct titled_stack stacks[TITLED_STACKS];
    size_t count = titled_stacks__of(finding, stacks);
    json_t *json = array();
    for (size_t i = 0; i < count; i++)
        json_value__append(json, stack_json(quotation, stacks[i].stack, facts__kind(stacks[i].as)->title));
    return json;
}

/* The end of a process has no call that stands in its stack. */
static bool is_by_call(const struct finding *finding)
{
    return finding->call != NULL && (finding->released != NULL || !(finding->kind->about & ABOUT_RELEASE));
}

/* In a damaged ledger the name of a call may be no text, too. */
static char *calls_text(const struct finding *finding, const char *name)
{
    char written[CALL_NAME];
    call_name__written(written, finding->call);
    char *call = escape__new(written, strlen(written));
    char *text = heap__printed("%s calls %s", name, call);
    free(call);
    return text;
}

static char *step_text(const struct finding *finding, const struct frame *frame, bool is_last)
{
    char *name = frame->function ? escape__new(frame->function, strlen(frame->function)) : heap__copied("a function");
    char *text = is_last && is_by_call(finding) ? calls_text(finding, name) : heap__printed("in %s", name);
    free(name);
    return text;
}

static const char *importance_of(const struct stack *stack, const struct frame *frame, const struct frame *primary)
{
    if (frame == primary)
        return "essential";
    return stack__role(stack, frame) == ROLE_INTERPRETER ? "unimportant" : "important";
}

/* Outermost first. */
static json_t *steps_json(const struct quotation *quotation, const struct finding *finding)
{
    const struct stack *stack = kinds__main_stack(finding);
    const struct frame *primary = place__frame(stack, &quotation->options);
    json_t *steps = array();
    for (size_t i = stack->count; i-- > 0;) {
        const struct frame *frame = stack->frames[i];
        json_t *step = object();
        char *text = step_text(finding, frame, i == 0);
        json_value__set(step, "location", with_message(location_json(quotation, frame), text));
        json_value__set(step, "nestingLevel", json_value__number(stack->count - 1 - i));
        json_value__set(step, "importance", json_value__text(importance_of(stack, frame, primary)));
        json_value__append(steps, step);
        free(text);
    }
    return steps;
}

static json_t *flows_json(const struct quotation *quotation, const struct finding *finding)
{
    json_t *thread = object(), *threads = array(), *flow = object(), *flows = array();
    json_value__set(thread, "locations", steps_json(quotation, finding));
    json_value__append(threads, thread);
    json_value__set(flow, "threadFlows", threads);
    json_value__append(flows, flow);
    return flows;
}

/* ---- Related locations ------------------------------------------------------------------------------------------- */

static void relate(json_t *related, const struct quotation *quotation, const struct frame *frame, const char *text)
{
    if (frame == NULL)
        return;
    json_t *location = with_message(location_json(quotation, frame), text);
    json_value__set(location, "id", json_value__number(json_array_size(related) + 1));
    json_value__append(related, location);
}

static void relate_stack(json_t *related, const struct quotation *quotation, const struct stack *stack,
                         const char *what)
{
    for (size_t i = 0; stack != NULL && i < stack->count; i++)
        relate(related, quotation, stack->frames[i], what);
}

static void relate_items(json_t *related, const struct quotation *quotation, const struct item *items, size_t count,
                         const char *what)
{
    for (size_t i = 0; i < count; i++) {
        char *text = heap__printed("%llu %s here", (unsigned long long)items[i].count, what);
        relate(related, quotation, place__frame(items[i].stack, &quotation->options), text);
        free(text);
    }
}

static void relate_evidence(json_t *related, const struct quotation *quotation, const struct finding *finding)
{
    const struct fact *result = finding__fact(finding, FACT_RESULT);
    if (result == NULL)
        return;
    char *told = escape__new(result->text, strlen(result->text));
    char *text = heap__printed("the result %s", told);
    relate(related, quotation, result->place, text);
    free(text);
    free(told);
}

static json_t *related_json(const struct quotation *quotation, const struct finding *finding)
{
    const struct finding_kind *kind = finding->kind;
    const struct fact *holders = finding__holders(finding), *victims = finding__fact(finding, FACT_VICTIMS);
    json_t *related = array();
    struct titled_stack stacks[TITLED_STACKS];
    size_t count = titled_stacks__of(finding, stacks);
    for (size_t i = 0; i < count; i++)
        if (stacks[i].stack != kinds__main_stack(finding))
            relate_stack(related, quotation, stacks[i].stack, facts__kind(stacks[i].as)->here);
    relate_evidence(related, quotation, finding);
    if (!(kind->about & ABOUT_RELEASE))
        relate_items(related, quotation, finding->contrasts, finding->contrast_count, kind->ended);
    if (victims != NULL)
        relate_items(related, quotation, victims->items, victims->item_count, "failed");
    if (holders != NULL)
        relate_items(related, quotation, holders->items, holders->item_count, "held, opened");
    for (size_t i = 0; i < finding->also_count; i++)
        relate(related, quotation, place__frame(finding->also[i], &quotation->options),
               kind->released == FACT_USED   ? "also used here"
               : kind->about & ABOUT_RELEASE ? "also released here"
                                             : "also acquired here");
    return related;
}

/* ---- The result -------------------------------------------------------------------------------------------------- */

static json_t *message_json(struct quotation *quotation, const struct finding *finding)
{
    char *headline = quotation__headline(quotation, finding), *particulars = quotation__particulars(quotation, finding);
    char *text = heap__printed("%s\n%s", headline, particulars);
    text[strlen(text) - 1] = '\0'; /* the last line's end */
    json_t *json = sarif_text__message(text);
    free(text);
    free(particulars);
    free(headline);
    return json;
}

/* GitHub compares the first, whose number after the colon tells results with the same hash apart. */
static json_t *fingerprints_json(const struct finding *finding)
{
    char *hash = heap__printed("%s:1", finding->fingerprint);
    json_t *json = object();
    json_value__set(json, "primaryLocationLineHash", json_value__text(hash));
    json_value__set(json, "leakwatch/v1", json_value__text(finding->fingerprint));
    free(hash);
    return json;
}

static json_t *suppressions_json(const struct finding *finding)
{
    json_t *list = array(), *json = object();
    json_value__set(json, "kind", json_value__text("external"));
    json_value__set(json, "justification", safe_text(finding->rule));
    json_value__append(list, json);
    return list;
}

static json_t *properties_json(const struct finding *finding, const struct process *processes)
{
    json_t *json = object();
    json_value__set(json, "count", json_value__number(finding->count));
    json_value__set(json, "worst", json_value__number(finding->worst));
    json_value__set(json, "processes", json_value__number(finding_processes__count(finding, processes)));
    if (finding->resource.type != NULL)
        json_value__set(json, "resource", json_value__text(finding->resource.type));
    if (finding->scope != NULL)
        json_value__set(json, "scope", safe_text(finding->scope));
    if (finding__fact(finding, FACT_VERDICT) != NULL)
        json_value__set(json, "verdict", json_value__text(finding__text(finding, FACT_VERDICT)));
    return json;
}

static void set_unless_empty(json_t *json, const char *key, json_t *list)
{
    if (json_array_size(list) > 0)
        json_value__set(json, key, list);
    else
        json_decref(list);
}

json_t *sarif_result__of(struct quotation *quotation, const struct finding *finding)
{
    const struct frame *primary = place__frame(kinds__main_stack(finding), &quotation->options);
    json_t *locations = array(), *json = object();
    json_value__append(locations, primary ? location_json(quotation, primary) : program_json(quotation, finding));
    json_value__set(json, "ruleId", json_value__text(finding->kind->name));
    json_value__set(json, "ruleIndex", json_value__number(sarif_rules__index(finding->kind)));
    json_value__set(json, "level", json_value__text(level__name(finding->level)));
    json_value__set(json, "message", message_json(quotation, finding));
    json_value__set(json, "locations", locations);
    set_unless_empty(json, "relatedLocations", related_json(quotation, finding));
    set_unless_empty(json, "stacks", stacks_json(quotation, finding));
    if (primary != NULL)
        json_value__set(json, "codeFlows", flows_json(quotation, finding));
    json_value__set(json, "partialFingerprints", fingerprints_json(finding));
    json_value__set(json, "occurrenceCount", json_value__number(finding->count));
    if (finding->rule != NULL)
        json_value__set(json, "suppressions", suppressions_json(finding));
    json_value__set(json, "properties", properties_json(finding, quotation->page.report->processes));
    return json;
}
