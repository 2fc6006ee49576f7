/* The histories of programs as JSON. */
#ifndef HISTORY_JSON_H
#define HISTORY_JSON_H

#include <jansson.h>

#include "trend.h"

/* One for each; times are seconds since 1970. */
json_t *history_json__of(const struct history *history, int64_t now);

#endif
