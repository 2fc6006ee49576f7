/* Opens and closes ledgers; the stages of opening stand in private.h. */
#include "read.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/moment.h"
#include "private.h"
#include "site_slots.h"

int read__settle(struct ledger *ledger, int fd, struct ledger_error *error)
{
    if (slots__map(ledger, error) != 0)
        return -1;
    if (!ledger->running)
        return 0;
    if (live__settle(ledger, fd, error) != 0)
        return -1;
    ledger->damaged = 0; /* whatever it was: it is counted in the second reading */
    return live__read_again(ledger, fd, error);
}

static int take_snapshot(struct ledger *ledger, int fd, struct ledger_error *error)
{
    if (snapshot__take(ledger, fd, error) != 0)
        return -1;
    header__find_end(ledger);
    ledger->read_at = moment__now();
    return read__settle(ledger, fd, error);
}

/* Nothing is left of what an earlier check has found. */
static void forget(struct ledger *ledger)
{
    site_slots__free(ledger->by_site);
    ledger->by_site = site_slots__new();
    rows__free(ledger);
    ledger->copied = 0;
    ledger->samples = NULL;
    ledger->out_of_memory = false;
}

int read__check(struct ledger *ledger, struct ledger_error *error)
{
    forget(ledger);
    tables__map(ledger);
    mend__all(ledger);
    records__map(ledger);
    if (names__check(ledger) != 0)
        return ledger__fail(error, ledger->path, "no memory for its names");
    references__check(ledger);
    slots__check(ledger);
    lanes__check(ledger);
    records__check(ledger);
    return ledger->out_of_memory ? ledger__fail(error, ledger->path, "no memory for its rows") : 0;
}

struct ledger *read__new(const char *path, struct ledger_error *error)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);
    if (ledger)
        ledger->path = strdup(path);
    if (ledger && ledger->path) {
        ledger->by_site = site_slots__new();
        return ledger;
    }
    ledger__fail(error, path, "no memory for reading it");
    free(ledger);
    return NULL;
}

/* The file's bytes, settled and unchecked; NULL and one clear line in `error` otherwise. */
static struct ledger *read_file(const char *path, struct ledger_error *error)
{
    error->why = LEDGER_UNREADABLE;
    int fd = snapshot__open_file(path, error);
    if (fd < 0)
        return NULL;
    struct ledger *ledger = read__new(path, error);
    bool is_read = ledger && take_snapshot(ledger, fd, error) == 0;
    close(fd);
    if (is_read)
        return ledger;
    ledger__close(ledger);
    return NULL;
}

static int hand_out(struct ledger **ledger, struct ledger *read, struct ledger_error *error)
{
    if (read__check(read, error) == 0) {
        *ledger = read;
        return 0;
    }
    ledger__close(read);
    return -1;
}

int ledger__open(struct ledger **ledger, const char *path, struct ledger_error *error)
{
    struct ledger *read = read_file(path, error);
    *ledger = NULL;
    return read ? hand_out(ledger, read, error) : -1;
}

static int adopt(struct ledger *ledger, const struct ledger_copy *copy, struct ledger_error *error)
{
    if (snapshot__adopt(ledger, copy, error) != 0)
        return -1;
    header__find_end(ledger);
    return slots__map(ledger, error);
}

int ledger__open_copy(struct ledger **ledger, const char *path, const struct ledger_copy *copy,
                      struct ledger_error *error)
{
    struct ledger *read = read__new(path, error);
    error->why = LEDGER_UNREADABLE;
    *ledger = NULL;
    if (read == NULL) {
        free(copy->bytes);
        return -1;
    }
    if (adopt(read, copy, error) == 0)
        return hand_out(ledger, read, error);
    ledger__close(read);
    return -1;
}

/* Where it runs, the header was read again, and may tell of more than the bytes do. */
int ledger__copy(const char *path, struct ledger_copy *copy, struct ledger_error *error)
{
    struct ledger *read = read_file(path, error);
    if (read == NULL)
        return -1;
    size_t whole = read->header.header_size < sizeof read->header ? read->header.header_size : sizeof read->header;
    memcpy(read->bytes, &read->header, whole);
    *copy = (struct ledger_copy){.bytes = read->bytes,
                                 .length = read->size,
                                 .data = read->data,
                                 .missing = read->missing,
                                 .moment = read->running ? ledger__moment(read) : 0};
    read->bytes = NULL;
    ledger__close(read);
    return 0;
}

bool ledger__peek(const char *path, struct lw_header *header)
{
    struct ledger ledger = {.path = (char *)(uintptr_t)path};
    struct ledger_error error;
    int fd = snapshot__open_file(path, &error);
    if (fd < 0)
        return false;
    ledger.size = sizeof ledger.header;
    bool is_sound =
        snapshot__read(fd, &ledger.header, sizeof ledger.header, 0) == 0 && header__check(&ledger, &error) == 0;
    close(fd);
    *header = ledger.header;
    return is_sound;
}

void ledger__close(struct ledger *ledger)
{
    if (!ledger)
        return;
    names__free(ledger->names);
    site_slots__free(ledger->by_site);
    rows__free(ledger);
    free(ledger->leaves);
    free(ledger->lanes);
    if (ledger->pages)
        pages__free(ledger);
    process_watch__end(&ledger->watch);
    free(ledger->bytes);
    free(ledger->written);
    free(ledger->path);
    free(ledger);
}

const char *ledger__path(const struct ledger *ledger)
{
    return ledger->path;
}

bool ledger__is_of_roll(const struct ledger *ledger)
{
    return ledger->is_of_roll;
}

const struct lw_header *ledger__header(const struct ledger *ledger)
{
    return &ledger->header;
}

const char *ledger__end(const struct ledger *ledger)
{
    return ledger->end;
}

bool ledger__is_running(const struct ledger *ledger)
{
    return strcmp(ledger->end, "running") == 0;
}

uint32_t ledger__process(const struct ledger *ledger)
{
    return ledger->process;
}

uint64_t ledger__moment(const struct ledger *ledger)
{
    return ledger->moment != 0 ? ledger->moment : moment__now();
}

uint64_t ledger__missing(const struct ledger *ledger)
{
    return ledger->missing;
}

uint64_t ledger__folded(const struct ledger *ledger)
{
    uint64_t sum = 0;
    for (unsigned id = 0; id < LW_TABLE_ROOM; id++)
        if (__builtin_add_overflow(sum, ledger->header.tables[id].folded, &sum))
            return UINT64_MAX;
    return sum;
}
