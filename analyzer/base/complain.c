/* One line on stderr, whatever the texts in it hold. */
#include "complain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "heap.h"

int complain(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    char *text = heap__vprinted(format, values);
    va_end(values);
    fputs("leakwatch: ", stderr);
    escape__print(stderr, text, strlen(text));
    putc('\n', stderr);
    free(text);
    return EXIT_TROUBLE;
}
