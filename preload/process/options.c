/* Reads LEAKWATCH_OPTIONS. A table drives it, and prints it as help. */
#include "options.h"

#include <stddef.h>
#include <string.h>

#include "injectable.h"
#include "process.h"

enum kind { NUMBER, TEXT, PATTERNS, WORD_ALL, WORD_LATE, WORD_LOCKS, HELP };

static const struct row {
    char name[16];
    char kind;
    uint16_t offset;
    uint32_t low, high;
    char help[72];
} rows[] = {
#define FIELD(field) (uint16_t) offsetof(struct lw_options, field)
#define ROOM(field) sizeof(((struct lw_options *)NULL)->field) - 1
    {"dir", TEXT, FIELD(directory), 0, ROOM(directory),
     "directory for ledgers (default: where the first process started)"},
    {"workers", TEXT, FIELD(workers), 0, ROOM(workers), "below dir: where processes write that may not write to dir"},
    {"keep", WORD_ALL, FIELD(keep_all), 0, 1, "all: keep ledgers of clean processes too, and begin them at once"},
    {"quiet", NUMBER, FIELD(quiet), 0, 1, "1: no line on stderr at the end"},
    {"strict", NUMBER, FIELD(strict), 0, 1, "1: no system calls in hooks; stacks are one return address"},
    {"unwind", NUMBER, FIELD(unwind), 0, 1, "0: do not walk up stacks; each is one return address"},
    {"depth", NUMBER, FIELD(depth), 1, 64, "frames per stack (default 64)"},
    {"check", NUMBER, FIELD(check), 0, 1000000, "N: compare new stacks, and each N-th known one, with libunwind"},
    {"size", NUMBER, FIELD(size), 1, 65536, "MiB that a ledger may grow to (default 256)"},
    {"order", NUMBER, FIELD(order), 0, 1, "1: note what a scope releases in another order than last in, first out"},
    {"lost_write_exit", NUMBER, FIELD(lost_write_exit), 0, 255, "N: exit status instead of 0 where a write was lost"},
    {"inject", TEXT, FIELD(inject), 0, ROOM(inject), "CALL=ERROR[@n|%n|~p],…: failures on purpose, of "},
    {"scopes", PATTERNS, FIELD(scopes), 0, ROOM(scopes),
     "PATTERN,…: functions that are scopes, where built to tell of them"},
    {"locks", WORD_LOCKS, FIELD(locks), 0, 0, "0: no locks; full: a stack each time one is taken (default 1)"},
    {"objects", NUMBER, FIELD(objects), 0, 1, "1: note locks, semaphores, … that are initialised and never destroyed"},
    {"filters", NUMBER, FIELD(filters), 0, 1000, "N: as many seccomp filters forbid nothing of ours (run finds out)"},
    {"above", NUMBER, FIELD(above), 0, UINT32_MAX, "N: the number of the directory that dir lies in (run sets it)"},
    {"passing", NUMBER, FIELD(passing), 0, 1, "1: dir does not stay, so no ledger is cut to its size (run sets it)"},
    {"roll", NUMBER, FIELD(roll), 0, 1, "1: who takes nothing is on dir's roll, without a ledger (run sets it)"},
    {"reuse", WORD_LATE, FIELD(reuse_late), 0, 1,
     "late: give closed numbers out again as late as possible, below 1,024"},
    {"perfmap", NUMBER, FIELD(perfmap), 0, 1, "1: tell functions made at run time apart, by /tmp/perf-PID.map"},
    {"help", HELP, 0, 0, 0, "1: this list"},
};
#define ROWS (sizeof rows / sizeof rows[0])

static void help(void)
{
    lw_say(LW_OPTIONS_VARIABLE "=key=value:key=value… (dir='/a b', in quotes, where a blank or a colon is in it)",
           NULL);
    static char calls[2048]; /* static: a thread may have 16 KiB of stack */
    lw_injectables_list(calls, sizeof calls);
    for (size_t i = 0; i < ROWS; i++)
        lw_say("  ", rows[i].name, "=  ", rows[i].help, rows[i].offset == FIELD(inject) ? calls : "", NULL);
}

#undef FIELD
#undef ROOM

static const struct row *find(const char *name, size_t length)
{
    for (size_t i = 0; i < ROWS; i++)
        if (strlen(rows[i].name) == length && memcmp(rows[i].name, name, length) == 0)
            return &rows[i];
    return NULL;
}

static bool read_number(const char *text, uint32_t low, uint32_t high, uint32_t *result)
{
    uint64_t value = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || value > high)
            return false;
        value = value * 10 + (uint64_t)(*text - '0');
    }
    if (value < low || value > high)
        return false;
    *result = (uint32_t)value;
    return true;
}

/* False: the value is not one that this key takes. */
static LW_START_CODE bool set(struct lw_options *options, const struct row *row, const char *value)
{
    void *field = (char *)options + row->offset;
    switch (row->kind) {
    case NUMBER:
        return read_number(value, row->low, row->high, field);
    case TEXT:
    case PATTERNS:
        if (strlen(value) > row->high)
            return false;
        memcpy(field, value, strlen(value) + 1);
        return true;
    case WORD_ALL:
        *(uint32_t *)field = strcmp(value, "all") == 0;
        return strcmp(value, "all") == 0 || strcmp(value, "findings") == 0;
    case WORD_LATE:
        *(uint32_t *)field = strcmp(value, "late") == 0;
        return strcmp(value, "late") == 0 || strcmp(value, "lowest") == 0;
    case WORD_LOCKS:
        *(uint32_t *)field = strcmp(value, "full") == 0 ? LW_LOCKS_FULL : strcmp(value, "1") == 0;
        return *(uint32_t *)field || strcmp(value, "0") == 0;
    default:
        if (strcmp(value, "0") != 0)
            help();
        return true;
    }
}

/* The names of C++ have colons too: a pattern goes on behind two of them, unless a "key=" is next. */
static size_t colons_inside(const char *text, const struct row *row)
{
    if (!row || row->kind != PATTERNS || text[0] != ':' || text[1] != ':')
        return 0;
    size_t word = strcspn(text + 2, "=: ");
    return word > 0 && text[2 + word] != '=' ? 2 : 0;
}

/* How much of the text is the value. In quotes it may hold colons and blanks. */
static LW_START_CODE size_t value_length(const char *text, char quote, const struct row *row)
{
    size_t length = 0;
    while (text[length] && text[length] != (quote ? quote : ' ')) {
        size_t colons = quote ? 0 : colons_inside(text + length, row);
        if (!quote && text[length] == ':' && !colons)
            break;
        length += colons ? colons : 1;
    }
    return length;
}

/* One key=value. Returns where the next one begins. */
static LW_START_CODE const char *read_one(struct lw_options *options, const char *text)
{
    char value[sizeof options->directory], key[32];
    size_t name_length = strcspn(text, "=: "), length = 0;
    size_t shown = name_length < sizeof key - 1 ? name_length : sizeof key - 1;
    const struct row *row = find(text, name_length);
    memcpy(key, text, shown);
    key[shown] = 0;
    text += name_length;
    const char *start = text;
    if (*text == '=') {
        char quote = text[1] == '"' || text[1] == '\'' ? text[1] : 0;
        start = text + (quote ? 2 : 1);
        length = value_length(start, quote, row);
        text = start + length;
        if (quote && *text)
            text++;
    }
    bool too_long = length >= sizeof value;
    memcpy(value, start, too_long ? sizeof value - 1 : length);
    value[too_long ? sizeof value - 1 : length] = 0;
    if (!row)
        lw_say("unknown key in " LW_OPTIONS_VARIABLE " ignored: ", key, " (help=1 lists them)", NULL);
    else if (too_long || !set(options, row, value))
        lw_say("bad value in " LW_OPTIONS_VARIABLE " ignored: ", key, "=", value, " (", row->help, ")", NULL);
    return text;
}

LW_START_CODE void lw_options_read(struct lw_options *options, const char *text)
{
    options->depth = 64;
    options->size = 256;
    options->unwind = 1;
    options->locks = LW_LOCKS_ON;
    options->perfmap = LW_PERFMAP_FOUND;
    while (text && *text) {
        while (*text == ':' || *text == ' ')
            text++;
        if (*text)
            text = read_one(options, text);
    }
}
