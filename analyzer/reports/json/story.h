/* What a finding about a scope has besides, as JSON. */
#ifndef JSON_STORY_H
#define JSON_STORY_H

#include <jansson.h>

#include "frames.h"
#include "model/finding.h"

/* Plain members: scope_entries, released_later. */
void json_story__set(json_t *json, const struct finding *finding, bool stable);
/* Members with stacks, a comma before each: parts, more_parts, attempt. */
void json_story__write(struct json_stream *stream, struct json_frames *frames, const struct finding *finding);
/* One element of the report's scopes. */
json_t *json_story__scope(const struct scope_summary *scope, bool stable);

#endif
