/* What is wrong with a ledger: one clear line where it cannot be read at all, or else a damage in its books. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "private.h"

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

uint64_t ledger__damaged(const struct ledger *ledger)
{
    return ledger->damaged;
}

const struct ledger_damage *ledger__damage_note(const struct ledger *ledger, size_t index)
{
    return index < ledger->damaged && index < LEDGER_DAMAGES ? &ledger->damages[index] : NULL;
}
