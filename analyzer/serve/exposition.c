/* The two text formats of Prometheus. */
#include "exposition.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"

/* What each type is called, in Prometheus's own format and in OpenMetrics, and what its samples' names end with. */
static const struct type {
    const char *name, *open_name, *suffix;
} types[] = {
    [METRIC_GAUGE] = {"gauge", "gauge", ""},
    [METRIC_COUNTER] = {"counter", "counter", "_total"},
    [METRIC_INFO] = {"gauge", "info", "_info"},
};

const char *exposition__content_type(bool is_open_metrics)
{
    return is_open_metrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                           : "text/plain; version=0.0.4; charset=utf-8";
}

/* OpenMetrics names a family without its samples' suffix. */
void exposition__family(const struct exposition *exposition, const struct family *family)
{
    const struct type *type = &types[family->type];
    const char *suffix = exposition->is_open_metrics ? "" : type->suffix;
    fprintf(exposition->out, "# HELP %s%s %s\n", family->name, suffix, family->help);
    fprintf(exposition->out, "# TYPE %s%s %s\n", family->name, suffix,
            exposition->is_open_metrics ? type->open_name : type->name);
    if (exposition->is_open_metrics && family->unit != NULL)
        fprintf(exposition->out, "# UNIT %s %s\n", family->name, family->unit);
}

/* What is no text is shown as for a terminal; within quotes a backslash, a quote and the end of a line are escaped. */
static void put_label(FILE *out, const struct label *label)
{
    const char *value = label->value != NULL ? label->value : "";
    char *shown = escape__new(value, strlen(value));
    fprintf(out, "%s=\"", label->name);
    for (const char *at = shown; *at != '\0'; at++) {
        if (*at == '\\' || *at == '"')
            putc('\\', out);
        putc(*at, out);
    }
    putc('"', out);
    free(shown);
}

/* Six digits are enough of what is measured, and cheap to keep; of a moment they would be hours. */
static int digits_of(double value)
{
    enum { USUAL = 6, TENTHS = 1 };
    int whole = value != 0 ? (int)log10(fabs(value)) + 1 : 1;
    return whole + TENTHS > USUAL ? whole + TENTHS : USUAL;
}

static void put_value(FILE *out, double value)
{
    if (isnan(value))
        fputs("NaN", out);
    else if (isinf(value))
        fputs(value > 0 ? "+Inf" : "-Inf", out);
    else
        fprintf(out, "%.*g", value == floor(value) ? 17 : digits_of(value), value);
}

void exposition__sample(const struct exposition *exposition, const struct family *family, const struct label *labels,
                        size_t count, double value)
{
    fprintf(exposition->out, "%s%s", family->name, types[family->type].suffix);
    for (size_t i = 0; i < count; i++) {
        putc(i == 0 ? '{' : ',', exposition->out);
        put_label(exposition->out, &labels[i]);
    }
    fputs(count > 0 ? "} " : " ", exposition->out);
    put_value(exposition->out, value);
    putc('\n', exposition->out);
}

void exposition__end(const struct exposition *exposition)
{
    if (exposition->is_open_metrics)
        fputs("# EOF\n", exposition->out);
}
