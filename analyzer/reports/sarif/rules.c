/* The kinds of findings as SARIF's rules. */
#include "rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "json/value.h"
#include "model/kinds.h"
#include "text.h"

static json_t *help_json(const struct finding_kind *kind)
{
    char *text = heap__printed("%s\n\n%s", kind->what, kind->mend);
    char *markdown = heap__printed("%s\n\n**What to do:** %s", kind->what, kind->mend);
    json_t *json = sarif_text__message(text);
    json_value__set(json, "markdown", json_value__text(markdown));
    free(markdown);
    free(text);
    return json;
}

/* What GitHub sorts and filters alerts by. */
static json_t *properties_json(const struct finding_kind *kind)
{
    static const char *const severities[LEVELS] = {
        [LEVEL_NOTE] = "recommendation", [LEVEL_WARNING] = "warning", [LEVEL_ERROR] = "error"};
    json_t *tags = json_value__checked(json_array());
    json_value__append(tags, json_value__text("reliability"));
    json_value__append(tags, json_value__text("resources"));
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "tags", tags);
    json_value__set(json, "precision", json_value__text("very-high"));
    json_value__set(json, "problem.severity", json_value__text(severities[kind->level]));
    return json;
}

static json_t *rule_json(const struct finding_kind *kind)
{
    json_t *configuration = json_value__checked(json_object());
    json_value__set(configuration, "level", json_value__text(level__name(kind->level)));
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "id", json_value__text(kind->name));
    json_value__set(json, "shortDescription", sarif_text__message(kind->title));
    json_value__set(json, "fullDescription", sarif_text__message(kind->what));
    json_value__set(json, "help", help_json(kind));
    json_value__set(json, "defaultConfiguration", configuration);
    json_value__set(json, "properties", properties_json(kind));
    return json;
}

json_t *sarif_rules__all(void)
{
    json_t *rules = json_value__checked(json_array());
    for (int i = 0; i < KINDS; i++)
        json_value__append(rules, rule_json(kinds__get((enum kind_id)i)));
    return rules;
}

size_t sarif_rules__index(const struct finding_kind *kind)
{
    size_t index = 0;
    while (index < KINDS && kinds__get((enum kind_id)index) != kind)
        index++;
    return index;
}
