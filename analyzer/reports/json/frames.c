/* Frames and stacks as JSON. */
#include "frames.h"

#include <stdlib.h>

#include "base/heap.h"
#include "base/table.h"
#include "json/value.h"
#include "source/path.h"
#include "symbol/stack.h"

struct known_frame {
    const struct frame *frame;
    char *text;
    UT_hash_handle hh;
};

static json_t *frame_json(const struct json_frames *frames, const struct frame *frame)
{
    const char *file = frame->file ? source_path__below(frame->file, frames->source_root) : NULL;
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "function", json_value__text(frame->function));
    json_value__set(json, "module", json_value__text(frame->module));
    json_value__set(json, "offset", json_value__number(frame->offset));
    json_value__set(json, "file", json_value__text(file));
    json_value__set(json, "line", frame->line > 0 ? json_value__checked(json_integer(frame->line)) : json_null());
    json_value__set(json, "inlined", json_boolean(frame->inlined));
    json_value__set(json, "language", json_value__text(frame->language));
    json_value__set(json, "build_id", json_value__text(frame->build_id));
    json_value__set(json, "changed", json_boolean(frame->changed));
    json_value__set(json, "jumped_from", json_value__text(frame->jumped_from));
    json_value__set(json, "left_by_jump", json_value__text(frame->left_by_jump));
    return json;
}

static const char *frame_text(struct json_frames *frames, const struct frame *frame)
{
    struct known_frame *known;
    HASH_FIND_PTR(frames->known, &frame, known);
    if (known == NULL) {
        known = heap__zeroed(1, sizeof(*known));
        known->frame = frame;
        known->text = json_stream__text(frame_json(frames, frame));
        HASH_ADD_PTR(frames->known, frame, known);
    }
    return known->text;
}

void json_frames__clear(struct json_frames *frames)
{
    struct known_frame *known, *next;
    HASH_ITER(hh, frames->known, known, next) {
        HASH_DEL(frames->known, known);
        free(known->text);
        free(known);
    }
}

static void put_frames(struct json_frames *frames, struct json_stream *stream, const struct stack *stack, size_t count)
{
    json_stream__put(stream, "[");
    for (size_t i = 0; i < count; i++) {
        json_stream__put(stream, i > 0 ? "," : "");
        json_stream__put(stream, frame_text(frames, stack->frames[i]));
    }
    json_stream__put(stream, "]");
}

void json_frames__stack(struct json_frames *frames, struct json_stream *stream, const struct stack *stack)
{
    put_frames(frames, stream, stack, stack ? stack->count : 0);
}

/* The place stands for all stacks that lead to it: what lies outside of it is any of them. */
static size_t frames_to_place(const struct stack *stack)
{
    const struct frame *place = stack__user_frame(stack);
    size_t count = 0;
    while (place != NULL && stack->frames[count] != place)
        count++;
    return place != NULL ? count + 1 : 0;
}

void json_frames__place(struct json_frames *frames, struct json_stream *stream, const struct frame *frame)
{
    json_stream__put(stream, frame != NULL ? frame_text(frames, frame) : "null");
}

void json_frames__way(struct json_frames *frames, struct json_stream *stream, const struct stack *stack)
{
    put_frames(frames, stream, stack, frames_to_place(stack));
}

static void put_item(struct json_frames *frames, struct json_stream *stream, const struct item *item)
{
    json_t *json = json_value__checked(json_object());
    json_value__set(json, "count", json_value__number(item->count));
    json_value__set(json, "call", json_value__text(item->call));
    if (item->text != NULL && !frames->stable)
        json_value__set(json, "text", json_value__text(item->text));
    json_stream__put(stream, "{");
    json_stream__members(stream, json);
    json_stream__put(stream, ",\"stack\":");
    if (item->text != NULL) /* of threads: each is a finding's half */
        json_frames__stack(frames, stream, item->stack);
    else
        json_frames__way(frames, stream, item->stack);
    json_stream__put(stream, "}");
}

void json_frames__items(struct json_frames *frames, struct json_stream *stream, const struct item *items, size_t count)
{
    json_stream__put(stream, "[");
    for (size_t i = 0; i < count; i++) {
        json_stream__put(stream, i > 0 ? "," : "");
        put_item(frames, stream, &items[i]);
    }
    json_stream__put(stream, "]");
}
