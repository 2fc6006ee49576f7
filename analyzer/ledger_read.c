/* Opens and closes ledgers; the stages of opening stand in ledger_private.h. */
#include "ledger_read.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "escape.h"
#include "ledger_private.h"

int ledger__fail(struct ledger_error *error, const char *path, const char *format, ...)
{
    char message[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    /* The message matters more than the end of a very long path. */
    size_t room = sizeof error->text - strlen(message) - sizeof "...: ";
    size_t whole = escape__terminal(error->text, room, path, strlen(path));
    size_t at = strlen(error->text);
    snprintf(error->text + at, sizeof error->text - at, "%s: %s", whole > at ? "..." : "", message);
    return -1;
}

void ledger__damage(struct ledger *ledger, const char *what, uint64_t where, uint64_t value)
{
    if (ledger->damaged < LEDGER_DAMAGES)
        ledger->damages[ledger->damaged] = (struct ledger_damage){.what = what, .where = where, .value = value};
    ledger->damaged++;
}

void ledger__dangling(struct ledger *ledger, const char *what, uint64_t where, uint64_t value)
{
    if (!ledger->running)
        ledger__damage(ledger, what, where, value);
}

static int take_snapshot(struct ledger *ledger, int fd, struct ledger_error *error)
{
    if (snapshot__take(ledger, fd, error) != 0)
        return -1;
    header__find_end(ledger);
    if (slots__map(ledger, error) != 0)
        return -1;
    if (!ledger->running)
        return 0;
    live__settle(ledger, fd);
    ledger->damaged = 0; /* whatever it was: it is counted in the second reading */
    return live__read_again(ledger, fd, error);
}

static int read_ledger(struct ledger *ledger, int fd, struct ledger_error *error)
{
    if (take_snapshot(ledger, fd, error) != 0)
        return -1;
    tables__map(ledger);
    scopes__mend(ledger);
    misuses__mend(ledger);
    records__map(ledger);
    if (names__check(ledger) != 0)
        return ledger__fail(error, ledger->path, "no memory for its names");
    references__check(ledger);
    slots__check(ledger);
    lanes__check(ledger);
    records__check(ledger);
    return 0;
}

int ledger__open(struct ledger **ledger, const char *path, struct ledger_error *error)
{
    *ledger = NULL;
    int fd = snapshot__open_file(path, error);
    if (fd < 0)
        return -1;
    struct ledger *opened = calloc(1, sizeof *opened);
    if (opened)
        opened->path = strdup(path);
    int status = -1;
    if (opened && opened->path)
        status = read_ledger(opened, fd, error);
    else
        ledger__fail(error, path, "no memory for reading it");
    close(fd);
    if (status == 0)
        *ledger = opened;
    else
        ledger__close(opened);
    return status;
}

void ledger__close(struct ledger *ledger)
{
    if (!ledger)
        return;
    names__free(ledger->names);
    free(ledger->leaves);
    free(ledger->bytes);
    free(ledger->path);
    free(ledger);
}

const char *ledger__path(const struct ledger *ledger)
{
    return ledger->path;
}

const struct lw_header *ledger__header(const struct ledger *ledger)
{
    return &ledger->header;
}

const char *ledger__end(const struct ledger *ledger)
{
    return ledger->end;
}

uint64_t ledger__damaged(const struct ledger *ledger)
{
    return ledger->damaged;
}

const struct ledger_damage *ledger__damage_note(const struct ledger *ledger, size_t index)
{
    return index < ledger->damaged && index < LEDGER_DAMAGES ? &ledger->damages[index] : NULL;
}

uint64_t ledger__folded(const struct ledger *ledger)
{
    uint64_t sum = 0;
    for (unsigned id = 0; id < LW_TABLE_ROOM; id++)
        if (__builtin_add_overflow(sum, ledger->header.tables[id].folded, &sum))
            return UINT64_MAX;
    return sum;
}
