/* One finding as JSON. */
#ifndef JSON_FINDING_H
#define JSON_FINDING_H

#include <stdbool.h>

#include "frames.h"

/* stable: without what differs from one run to the next of the same, pids and times. */
void json_finding__write(struct json_stream *stream, struct json_frames *frames, const struct finding *finding,
                         const struct process *processes, bool stable);

#endif
