/* What a finding says besides, as JSON. */
#ifndef JSON_FACTS_H
#define JSON_FACTS_H

#include <stdbool.h>

#include "frames.h"

/* The member, a comma before it; nothing, where it has no facts. */
void json_facts__write(struct json_stream *stream, struct json_frames *frames, const struct finding *finding,
                       bool stable);

#endif
