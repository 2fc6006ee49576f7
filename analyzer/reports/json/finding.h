/* One finding as JSON. */
#ifndef JSON_FINDING_H
#define JSON_FINDING_H

#include <stdbool.h>

#include "frames.h"

/* stable: without what differs from one run to the next of the same, pids and times. */
void json_finding__write(struct json_stream *stream, struct json_frames *frames, const struct finding *finding,
                         const struct process *processes, bool stable);

/* "ECONNREFUSED", or its number; null for 0. */
json_t *json_finding__errno(int error);

#endif
