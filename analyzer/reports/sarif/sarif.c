/* The report as SARIF 2.1.0, which code-scanning pages and editors read: one run, the kinds as rules, a result for each
 * finding. Written result by result: a report may be large. */
#include <stdlib.h>
#include <string.h>

#include "json/stream.h"
#include "json/value.h"
#include "reports/place.h"
#include "result.h"
#include "rules.h"
#include "text.h"

#define SCHEMA "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

static json_t *tool_json(void)
{
    json_t *driver = json_value__checked(json_object()), *json = json_value__checked(json_object());
    json_value__set(driver, "name", json_value__text("leakwatch"));
    json_value__set(driver, "version", json_value__text(LEAKWATCH_VERSION));
    json_value__set(driver, "rules", sarif_rules__all());
    json_value__set(json, "driver", driver);
    return json;
}

static json_t *roots_json(const char *root)
{
    json_t *base = json_value__checked(json_object()), *json = json_value__checked(json_object());
    json_value__set(base, "uri", sarif_text__directory_uri(root));
    json_value__set(json, SARIF_ROOT, base);
    return json;
}

static json_t *notification_json(const char *line)
{
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "level", json_value__text("warning"));
    json_value__set(json, "message", sarif_text__message(line));
    return json;
}

/* What the ledgers could not hold, one notification a line. */
static json_t *invocations_json(struct quotation *quotation)
{
    json_t *notifications = json_value__checked(json_array());
    char *lines = quotation__shortcomings(quotation), *rest = lines, *line;
    while ((line = strsep(&rest, "\n")) != NULL)
        if (line[0] != '\0')
            json_value__append(notifications, notification_json(line));
    free(lines);
    json_t *invocation = json_value__checked(json_object()), *json = json_value__checked(json_array());
    json_value__set(invocation, "executionSuccessful", json_true());
    json_value__set(invocation, "toolExecutionNotifications", notifications);
    json_value__append(json, invocation);
    return json;
}

static void write_results(struct json_stream *stream, struct quotation *quotation)
{
    const struct report *report = quotation->page.report;
    size_t count = quotation__shown(quotation, 0), all = report->finding_count + report->suppressed_count;
    const char *separator = "\n";
    for (size_t i = 0; i < all; i++) {
        bool is_suppressed = i >= report->finding_count;
        if (is_suppressed ? !quotation->options.show_suppressed : i >= count)
            continue;
        json_stream__put(stream, separator);
        json_stream__value(stream, sarif_result__of(quotation, &report->findings[i]));
        separator = ",\n";
    }
}

void sarif__print(FILE *out, const struct report *report, const struct report_options *options)
{
    struct quotation quotation;
    struct json_stream stream = {.out = out};
    const char *root = place__root(options);
    quotation__begin(&quotation, report, options, NULL, NULL);
    json_stream__put(&stream, "{\"$schema\": \"" SCHEMA "\",\n\"version\": \"2.1.0\",\n\"runs\": [{\n\"tool\": ");
    json_stream__value(&stream, tool_json());
    if (root != NULL && root[0] == '/') {
        json_stream__put(&stream, ",\n\"originalUriBaseIds\": ");
        json_stream__value(&stream, roots_json(root));
    }
    json_stream__put(&stream, ",\n\"invocations\": ");
    json_stream__value(&stream, invocations_json(&quotation));
    json_stream__put(&stream, ",\n\"results\": [");
    write_results(&stream, &quotation);
    json_stream__put(&stream, "\n]\n}]}\n");
    json_stream__flush(&stream);
}
