/* Memory that is there or ends the program: one clear line on stderr, exit status 2. The analyzer has nothing better to
 * do without memory; libleakwatch.so, which runs inside other people's programs, never uses this. */
#ifndef HEAP_H
#define HEAP_H

#include <stdarg.h>
#include <stddef.h>

void *heap__zeroed(size_t count, size_t size);
void *heap__resized(void *old, size_t count, size_t size);
char *heap__copied(const char *text);
char *heap__printed(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *heap__vprinted(const char *format, va_list values) __attribute__((format(printf, 1, 0)));
_Noreturn void heap__ran_out(void);

/* Room for one more element in a growing array: doubles `room` when `count` has reached it. */
void *heap__room(void *array, size_t count, size_t *room, size_t size);

#endif
