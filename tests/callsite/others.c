/* What the shapes call: another file, so that only link time optimization may look inside. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "shapes.h"

volatile int sink;

void log_status(int status)
{
    sink = status;
}

void log_two(const char *text, int status)
{
    sink = text[0] + status;
}

void log_seven(int a, int b, int c, int d, int e, int f, int status)
{
    sink = a + b + c + d + e + f;
    sink = status;
}

void log_format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
}

void note(void)
{
    sink = sink + 1;
}

int next_number(void)
{
    return sink;
}

bool has_number(void)
{
    return sink > 3;
}

void look_at(const int *status)
{
    sink = *status;
}

void look_at_record(const struct outcome_record *record)
{
    sink = record->status;
}

int other_give_back(int fd)
{
    return give_back(fd);
}

void other_discard(int fd)
{
    give_back(fd);
}

void die(const char *text)
{
    fputs(text, stderr);
    exit(1);
}
