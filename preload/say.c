/* One line on stderr, in one write: no stdio, no heap. */
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "filter.h"
#include "process.h"
#include "system.h"

char *lw_append_number(char *at, uint64_t number)
{
    char digits[24];
    int count = 0;
    do
        digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    while (count > 0)
        *at++ = digits[--count];
    *at = 0;
    return at;
}

static bool is_plain(const char *path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+@%:,";
    return *path && path[strspn(path, plain)] == 0;
}

void lw_quote(char *to, size_t size, const char *path)
{
    bool plain = is_plain(path);
    char *at = to, *end = to + size - 8;
    if (!plain)
        at = stpcpy(at, "$'");
    for (; *path && at < end; path++) {
        unsigned char c = (unsigned char)*path;
        if (c < ' ' || c >= 127) {
            *at++ = '\\';
            *at++ = 'x';
            *at++ = "0123456789abcdef"[c >> 4];
            *at++ = "0123456789abcdef"[c & 15];
            continue;
        }
        if (!plain && (c == '\'' || c == '\\'))
            *at++ = '\\';
        *at++ = (char)c;
    }
    stpcpy(at, plain ? "" : "'");
}

static struct stat original;
static bool original_known;

void lw_say_to_this_stderr(void)
{
    original_known = lw_stat_number(2, &original) == 0;
}

static bool stderr_is_original(void)
{
    struct stat now;
    return lw_stat_number(2, &now) == 0 &&
           (!original_known || (now.st_dev == original.st_dev && now.st_ino == original.st_ino));
}

void lw_say(const char *piece, ...)
{
    static char line[LW_PATH_ROOM + 512] = "leakwatch: "; /* static: a thread may have 16 KiB of stack */
    size_t length = sizeof "leakwatch: " - 1;
    va_list pieces;
    va_start(pieces, piece);
    for (; piece; piece = va_arg(pieces, const char *)) {
        size_t more = strlen(piece), room = sizeof line - 1 - length;
        for (size_t i = 0; i < more && i < room; i++)
            line[length++] = (unsigned char)piece[i] < ' ' ? '?' : piece[i];
    }
    va_end(pieces);
    line[length++] = '\n';
    if ((!lw_strict || lw_careful) && stderr_is_original())
        lw_system3(SYS_write, 2, line, length);
}
