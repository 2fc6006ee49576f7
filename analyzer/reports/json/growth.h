/* What the growth of a place shows, as JSON. */
#ifndef JSON_GROWTH_H
#define JSON_GROWTH_H

#include <jansson.h>

#include "model/finding.h"

/* Sets "growth", where it is that which tells; stable: what is the same in the next run. */
void json_growth__set(json_t *json, const struct finding *finding, bool stable);

#endif
