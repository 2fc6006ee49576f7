/* Connections that are held, as JSON. */
#ifndef JSON_CONNECTIONS_H
#define JSON_CONNECTIONS_H

#include "frames.h"

/* A member of the report: "connections", if they were asked for. */
void json_connections__write(struct json_stream *stream, struct json_frames *frames, const struct report *report);

#endif
