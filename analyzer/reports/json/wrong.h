/* What a finding about a release that went wrong has besides, as JSON. */
#ifndef JSON_WRONG_H
#define JSON_WRONG_H

#include <jansson.h>

#include "frames.h"
#include "model/finding.h"

void json_wrong__set(json_t *json, const struct finding *finding);
void json_wrong__write(struct json_stream *stream, struct json_frames *frames, const struct finding *finding);

/* {"checked": 3, …} */
json_t *json_wrong__results(const struct results *results);

#endif
