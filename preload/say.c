/* One line on stderr, in one write: no stdio, no heap. */
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>

#include "process.h"
#include "system.h"

void lw_say(const char *piece, ...)
{
    char line[1024] = "leakwatch: ";
    size_t length = strlen(line);
    va_list pieces;
    va_start(pieces, piece);
    for (; piece; piece = va_arg(pieces, const char *)) {
        size_t more = strlen(piece), room = sizeof line - 1 - length;
        for (size_t i = 0; i < more && i < room; i++)
            line[length++] = (unsigned char)piece[i] < ' ' ? '?' : piece[i];
    }
    va_end(pieces);
    line[length++] = '\n';
    if (!lw_strict)
        lw_system3(SYS_write, 2, line, length);
}
