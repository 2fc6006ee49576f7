/* Where what a command prints goes: to a file, whole or not at all, or to a stream. */
#ifndef WRITING_H
#define WRITING_H

#include <stdbool.h>
#include <stdio.h>

/* -1 where it cannot be written, which is said in one line. */
int writing__to_file(const char *path, void (*print)(FILE *out, const void *context), const void *context);
/* Who has read enough of it, and went away, misses nothing. */
int writing__to_stream(FILE *out, void (*print)(FILE *out, const void *context), const void *context);

/* What --color says of this stream: auto, always or never. */
bool writing__wants_color(const char *color, bool is_for_people, FILE *out);

#endif
