/* Frames and stacks as JSON. Frames occur again and again, so each is put into words once. */
#ifndef JSON_FRAMES_H
#define JSON_FRAMES_H

#include <stdbool.h>

#include "json/stream.h"
#include "model/finding.h"

struct json_frames {
    const char *source_root;   /* paths of sources begin below it; NULL: as they are */
    struct known_frame *known; /* NULL at first */
    bool stable;               /* what differs from run to run is left out */
};

void json_frames__stack(struct json_frames *frames, struct json_stream *stream, const struct stack *stack); /* or [] */
void json_frames__place(struct json_frames *frames, struct json_stream *stream,
                        const struct frame *frame); /* or null */
/* Its frames up to the user's line. */
void json_frames__way(struct json_frames *frames, struct json_stream *stream, const struct stack *stack);
/* Of each stack that way. */
void json_frames__items(struct json_frames *frames, struct json_stream *stream, const struct item *items, size_t count);
void json_frames__clear(struct json_frames *frames);

#endif
