/* JSON on its way to a file: values that Jansson has made, and brackets around what would be too much to hold at once.
 * What goes wrong with the file, ferror says. */
#ifndef JSON_STREAM_H
#define JSON_STREAM_H

#include <jansson.h>
#include <stdio.h>

/* Jansson writes in very small pieces: handing each to stdio would take most of the time. */
struct json_stream {
    FILE *out;
    size_t length;
    char bytes[16384];
};

/* As it is: brackets, keys, commas. */
void json_stream__put(struct json_stream *stream, const char *text);
/* These take the value over. */
void json_stream__value(struct json_stream *stream, json_t *json);
void json_stream__members(struct json_stream *stream, json_t *object); /* without the brackets around it */
void json_stream__flush(struct json_stream *stream);

/* A value as text, allocated; takes it over. */
char *json_stream__text(json_t *json);

#endif
