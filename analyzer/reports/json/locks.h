/* What locks cost, as JSON. */
#ifndef JSON_LOCKS_H
#define JSON_LOCKS_H

#include "frames.h"

/* Members of the report: "locks", if they were asked for, and "longest_hold", if it is worth telling. */
void json_locks__write(struct json_stream *stream, struct json_frames *frames, const struct report *report);

#endif
