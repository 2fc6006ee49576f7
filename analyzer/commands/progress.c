/* One line on stderr that says how far a long piece of work is. */
#include "progress.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "base/moment.h"
#include "base/terminal.h"
#include "base/words.h"

enum { PAUSE = 150000000 /* ns */, LINE = 256 };

static bool is_shown;
static uint64_t next_time; /* not again before */

void progress__say(const char *what)
{
    if (!isatty(STDERR_FILENO))
        return;
    /* A line that went on below could not be cleared. */
    size_t columns = terminal__columns(stderr);
    char text[LINE];
    int length = snprintf(text, sizeof text, "leakwatch: %s", what);
    if (columns > 0 && (size_t)length >= columns && columns < sizeof text)
        text[columns - 1] = '\0';
    fprintf(stderr, "\r\033[K%s", text);
    fflush(stderr);
    is_shown = true;
}

void progress__count(const char *what, size_t done, size_t all)
{
    char text[2 * WORDS + 64], number[WORDS], total[WORDS];
    uint64_t time = moment__now();
    if (done == 0)
        next_time = time + PAUSE;
    if (time < next_time)
        return;
    next_time = time + PAUSE;
    snprintf(text, sizeof text, "%s %s of %s", what, words__number(number, done), words__number(total, all));
    progress__say(text);
}

void progress__clear(void)
{
    if (!is_shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    is_shown = false;
}
