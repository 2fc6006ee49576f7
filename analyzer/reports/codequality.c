/* The findings as Code Quality JSON, which GitLab shows in merge requests: one flat list. */
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/heap.h"
#include "json/stream.h"
#include "json/value.h"
#include "model/kinds.h"
#include "place.h"
#include "quotation.h"

static const char *const severities[LEVELS] = {
    [LEVEL_NOTE] = "info",
    [LEVEL_WARNING] = "major",
    [LEVEL_ERROR] = "critical",
};

static json_t *safe_text(const char *text)
{
    char *safe = escape__new(text, strlen(text));
    json_t *json = json_value__checked(json_string(safe));
    free(safe);
    return json;
}

/* Every entry must have a path and a line. */
static json_t *location_json(const struct place *place)
{
    json_t *lines = json_value__checked(json_object());
    json_value__set(lines, "begin", json_value__checked(json_integer(place->line > 0 ? place->line : 1)));
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "path", safe_text(place->path ? place->path : "unknown"));
    json_value__set(json, "lines", lines);
    return json;
}

static json_t *content_json(struct quotation *quotation, const struct finding *finding)
{
    char *particulars = quotation__particulars(quotation, finding);
    char *stacks = quotation__all_stacks(quotation, finding);
    char *body = heap__printed("%s\n%s", particulars, stacks);
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "body", json_value__checked(json_string(body)));
    free(body);
    free(stacks);
    free(particulars);
    return json;
}

static json_t *entry_json(struct quotation *quotation, const struct finding *finding)
{
    struct place place = place__of_finding(finding, &quotation->options);
    if (place.path == NULL)
        place = place__of_program(finding, quotation->page.report);
    char *headline = quotation__headline(quotation, finding);
    json_t *categories = json_value__checked(json_array());
    json_value__append(categories, json_value__text("Bug Risk"));
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "type", json_value__text("issue"));
    json_value__set(json, "check_name", json_value__text(finding->kind->name));
    json_value__set(json, "description", json_value__checked(json_string(headline)));
    json_value__set(json, "content", content_json(quotation, finding));
    json_value__set(json, "categories", categories);
    json_value__set(json, "severity", json_value__text(severities[finding->level]));
    json_value__set(json, "fingerprint", json_value__text(finding->fingerprint));
    json_value__set(json, "location", location_json(&place));
    free(headline);
    return json;
}

void codequality__print(FILE *out, const struct report *report, const struct report_options *options)
{
    struct quotation quotation;
    struct json_stream stream = {.out = out};
    quotation__begin(&quotation, report, options, NULL, NULL);
    size_t count = quotation__shown(&quotation, 0);
    json_stream__put(&stream, "[");
    for (size_t i = 0; i < count; i++) {
        json_stream__put(&stream, i > 0 ? ",\n" : "\n");
        json_stream__value(&stream, entry_json(&quotation, &report->findings[i]));
    }
    json_stream__put(&stream, "\n]\n");
    json_stream__flush(&stream);
}
