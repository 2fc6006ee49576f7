/* One line on stderr, in one write: no stdio, no heap.
 *
 * DESIGN. The line must not be what ends, stops or hangs the program, whose stderr may be anything: a pipe that is full or
 * that nobody reads, a file at the limit of its size, a terminal in the background. Rather is nothing said. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "filter.h"
#include "process.h"
#include "system/system.h"

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

static LW_START_DATA struct stat original;
static LW_START_DATA bool original_known;

LW_START_CODE void lw_say_to_this_stderr(void)
{
    original_known = lw_stat_number(2, &original) == 0;
}

static bool stderr_is_original(struct stat *now)
{
    return lw_stat_number(2, now) == 0 &&
           (!original_known || (now->st_dev == original.st_dev && now->st_ino == original.st_ino));
}

/* ---- The write ---- */

#define MOST 4096u /* bytes for which a pipe that has any room at all has enough */

/* Beyond its limit a write kills by SIGXFSZ. */
static bool file_may_grow(const struct stat *file, size_t length)
{
    struct rlimit limit;
    return lw_system4(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, &limit) == 0 &&
           (uint64_t)file->st_size + length <= limit.rlim_cur;
}

static bool takes_now(void)
{
    struct pollfd ready = {.fd = 2, .events = POLLOUT};
    struct timespec at_once = {0, 0};
    return lw_syscall6(SYS_ppoll, (long)&ready, 1, (long)&at_once, 0, 0, 0) == 1 && ready.revents == POLLOUT;
}

/* Others may fill it between a question and a write: so it is opened once more, not to wait. False: it cannot be, though
 * somebody reads it. */
static bool write_to_pipe(const char *line, size_t length)
{
    long fd = lw_system4(SYS_openat, AT_FDCWD, "/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC, 0);
    if (fd >= 0) {
        lw_system3(SYS_write, fd, line, length);
        lw_system1(SYS_close, fd);
    }
    return fd >= 0 || fd == -ENXIO;
}

static void write_line(const struct stat *to, const char *line, size_t length)
{
    if (S_ISFIFO(to->st_mode) && write_to_pipe(line, length))
        return;
    if (S_ISSOCK(to->st_mode))
        lw_syscall6(SYS_sendto, 2, (long)line, (long)length, MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
    else if (S_ISREG(to->st_mode) ? file_may_grow(to, length) : takes_now())
        lw_system3(SYS_write, 2, line, length);
}

/* The signals that a write raises in its own thread, but for those that were there before. */
static void write_quietly(const struct stat *to, const char *line, size_t length)
{
    const uint64_t raised = 1ULL << (SIGPIPE - 1) | 1ULL << (SIGXFSZ - 1);
    uint64_t before, pending = 0, mine;
    struct timespec at_once = {0, 0};
    lw_block_signals(&before);
    lw_system2(SYS_rt_sigpending, &pending, 8);
    write_line(to, line, length);
    mine = raised & ~pending;
    while (mine && lw_system4(SYS_rt_sigtimedwait, &mine, 0, &at_once, 8) > 0)
        ;
    lw_restore_signals(&before);
}

/* Under a filter of which nothing is known: only calls that every program makes. */
static void write_carefully(const struct stat *to, const char *line, size_t length)
{
    if (S_ISFIFO(to->st_mode))
        write_to_pipe(line, length);
    else if (S_ISREG(to->st_mode) ? file_may_grow(to, length) : S_ISCHR(to->st_mode))
        lw_system3(SYS_write, 2, line, length);
}

void lw_say(const char *piece, ...)
{
    if (lw_late) /* nobody there has asked for us */
        return;
    /* Static: a thread may have 16 KiB of stack. Filled here: else it would fill the page of LW_START_DATA. */
    static char line[MOST];
    size_t length = strlen(strcpy(line, "leakwatch: "));
    struct stat now;
    va_list pieces;
    va_start(pieces, piece);
    for (; piece; piece = va_arg(pieces, const char *)) {
        size_t more = strlen(piece), room = sizeof line - 1 - length;
        for (size_t i = 0; i < more && i < room; i++)
            line[length++] = (unsigned char)piece[i] < ' ' ? '?' : piece[i];
    }
    va_end(pieces);
    line[length++] = '\n';
    if (lw_strict && !lw_careful)
        return;
    if (stderr_is_original(&now))
        (lw_careful ? write_carefully : write_quietly)(&now, line, length);
}
