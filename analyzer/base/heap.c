/* Memory that is there or ends the program. */
#include "heap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATUS_NO_MEMORY = 2, FIRST_ROOM = 8 };

_Noreturn void heap__ran_out(void)
{
    fputs("leakwatch: memory ran out; report on fewer ledgers at a time\n", stderr);
    exit(STATUS_NO_MEMORY);
}

void *heap__zeroed(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (memory == NULL)
        heap__ran_out();
    return memory;
}

void *heap__resized(void *old, size_t count, size_t size)
{
    void *memory = reallocarray(old, count ? count : 1, size);
    if (memory == NULL)
        heap__ran_out();
    return memory;
}

char *heap__copied(const char *text)
{
    char *copy = strdup(text);
    if (copy == NULL)
        heap__ran_out();
    return copy;
}

char *heap__vprinted(const char *format, va_list values)
{
    char *text;
    if (vasprintf(&text, format, values) < 0)
        heap__ran_out();
    return text;
}

char *heap__printed(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    char *text = heap__vprinted(format, values);
    va_end(values);
    return text;
}

void *heap__room(void *array, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return array;
    *room = *room ? *room * 2 : FIRST_ROOM;
    return heap__resized(array, *room, size);
}
