/* One finding as JSON. */
#ifndef JSON_FINDING_H
#define JSON_FINDING_H

#include "json_frames.h"

void json_finding__write(struct json_stream *stream, struct json_frames *frames, const struct finding *finding,
                         const struct process *processes);

/* "ECONNREFUSED", or its number; null for 0. */
json_t *json_finding__errno(int error);

#endif
