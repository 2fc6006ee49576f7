/* One finding as JSON. */
#ifndef JSON_FINDING_H
#define JSON_FINDING_H

#include "json_frames.h"

void json_finding__write(struct json_stream *stream, struct json_frames *frames, const struct finding *finding,
                         const struct process *processes);

#endif
