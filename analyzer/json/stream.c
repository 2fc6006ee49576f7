/* JSON on its way to a file. */
#include "stream.h"

#include <string.h>

#include "base/heap.h"
#include "value.h"

enum { STYLE = JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17) };

void json_stream__flush(struct json_stream *stream)
{
    fwrite(stream->bytes, 1, stream->length, stream->out);
    stream->length = 0;
}

static int write_piece(const char *piece, size_t length, void *context)
{
    struct json_stream *stream = context;
    if (length > sizeof stream->bytes - stream->length)
        json_stream__flush(stream);
    if (length > sizeof stream->bytes) {
        fwrite(piece, 1, length, stream->out);
    } else {
        memcpy(stream->bytes + stream->length, piece, length);
        stream->length += length;
    }
    return 0;
}

void json_stream__put(struct json_stream *stream, const char *text)
{
    write_piece(text, strlen(text), stream);
}

static void dump(struct json_stream *stream, json_t *json, size_t style)
{
    if (json_dump_callback(json, write_piece, stream, style) != 0)
        heap__ran_out();
    json_decref(json);
}

void json_stream__value(struct json_stream *stream, json_t *json)
{
    dump(stream, json, STYLE);
}

void json_stream__members(struct json_stream *stream, json_t *object)
{
    dump(stream, object, STYLE | JSON_EMBED);
}

char *json_stream__text(json_t *json)
{
    char *text = json_dumps(json, STYLE);
    if (text == NULL)
        heap__ran_out();
    json_decref(json);
    return text;
}
