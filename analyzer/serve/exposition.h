/* The two text formats of Prometheus: its own of version 0.0.4, and OpenMetrics 1.0.0. A family is begun, and then its
 * samples are written; what stands in labels may be anything. */
#ifndef EXPOSITION_H
#define EXPOSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum metric_type { METRIC_GAUGE, METRIC_COUNTER, METRIC_INFO };

struct family {
    const char *name; /* without the _total of a counter, the _info of an info */
    enum metric_type type;
    const char *unit; /* the name's last part: "seconds"; NULL: none */
    const char *help;
};

struct label {
    const char *name, *value; /* value NULL: "" */
};

struct exposition {
    FILE *out;
    bool is_open_metrics;
};

const char *exposition__content_type(bool is_open_metrics);

void exposition__family(const struct exposition *exposition, const struct family *family);
void exposition__sample(const struct exposition *exposition, const struct family *family, const struct label *labels,
                        size_t count, double value);
void exposition__end(const struct exposition *exposition);

#endif
