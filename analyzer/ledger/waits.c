/* What the threads of a process that may still run wait for, at a glance.
 *
 * DESIGN. Read, not mapped: a process that ends cuts its file down, which would end who has it mapped. What is read in the
 * middle of a change may be wrong; the next glance, or who opens the ledger, sees the truth. */
#include "waits.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/moment.h"
#include "boards.h"
#include "private.h"

enum { CHUNK = 64 /* boards */, LONGEST_BOARD = 1024, MOST_BOARDS = 65536 };

struct glance {
    struct ledger ledger; /* but for its header, empty */
    int fd;
    uint64_t size; /* of the file */
    uint64_t now;  /* ns */
    struct ledger_waits *waits;
};

static void mix(uint64_t *sum, uint64_t number)
{
    *sum = (*sum ^ number) * 0x9e3779b97f4a7c15ULL;
    *sum ^= *sum >> 29;
}

static bool is_for_lock(const struct lw_hold *wait)
{
    return wait->kind != LW_CONDITION && wait->kind != LW_SEMAPHORE && wait->kind != LW_BARRIER;
}

static void count_wait(struct glance *glance, const struct lw_board *board, const struct lw_hold *wait)
{
    struct ledger_waits *waits = glance->waits;
    uint64_t since = ledger__time_of_ticks(&glance->ledger, wait->since);
    uint64_t age = since != 0 && since < glance->now ? glance->now - since : 0;
    waits->shortest = waits->count++ == 0 || age < waits->shortest ? age : waits->shortest;
    mix(&waits->which, board->thread);
    mix(&waits->which, (uint64_t)board->serial << 32 | wait->serial);
    mix(&waits->which, wait->lock);
    if (!is_for_lock(wait))
        return;
    waits->for_locks++;
    waits->longest_lock = age > waits->longest_lock ? age : waits->longest_lock;
}

/* The last hold that is in use; NULL: there is none. */
static const struct lw_hold *last_hold(const struct lw_hold *holds, uint32_t count)
{
    while (count > 0 && holds[count - 1].state == LW_HOLD_NONE)
        count--;
    return count > 0 ? &holds[count - 1] : NULL;
}

static void look_at(struct glance *glance, const struct lw_board *board)
{
    struct lw_hold more[LW_HOLDS_MORE];
    uint32_t depth = board->depth, there = depth < LW_HOLDS ? depth : LW_HOLDS;
    const struct lw_hold *last = NULL;
    if (board->thread == 0 || board->flags & LW_BOARD_ENDED)
        return;
    if (depth > LW_HOLDS && board->more != 0 && board->more <= glance->size &&
        snapshot__read(glance->fd, more, sizeof more, board->more) == 0)
        last = last_hold(more, depth - LW_HOLDS < LW_HOLDS_MORE ? depth - LW_HOLDS : LW_HOLDS_MORE);
    if (last == NULL)
        last = last_hold(board->hold, there);
    if (last != NULL && last->state == LW_HOLD_TAKING && last->lock != 0 &&
        !(last->count & (LW_WAIT_TIMED | LW_WAIT_NEVER)))
        count_wait(glance, board, last);
}

/* Up to CHUNK of them, at this offset. */
static bool look_at_some(struct glance *glance, uint64_t offset, uint32_t size, uint64_t count)
{
    unsigned char bytes[(size_t)CHUNK * LONGEST_BOARD];
    struct lw_board board;
    if (snapshot__read(glance->fd, bytes, count * size, offset) != 0)
        return false;
    for (uint64_t i = 0; i < count; i++) {
        memcpy(&board, bytes + i * size, sizeof board);
        look_at(glance, &board);
    }
    return true;
}

/* What lies behind the end of the file is not there. */
static bool look_at_segment(struct glance *glance, uint64_t offset, uint32_t size, uint64_t count)
{
    uint64_t fit = offset < glance->size ? (glance->size - offset) / size : 0;
    if (offset < glance->ledger.header.header_size)
        return true;
    for (uint64_t i = 0; i < count && i < fit; i += CHUNK) {
        uint64_t left = (count < fit ? count : fit) - i;
        if (!look_at_some(glance, offset + i * size, size, left < CHUNK ? left : CHUNK))
            return false;
    }
    return true;
}

static bool look_at_all(struct glance *glance)
{
    const struct lw_table *table = &glance->ledger.header.tables[LW_BOARDS];
    uint64_t count = table->count < table->cap ? table->count : table->cap, base = 0;
    if (count <= 1)
        return true;
    if (table->element_size < sizeof(struct lw_board) || table->element_size > LONGEST_BOARD ||
        table->element_size % 8 != 0 || table->first == 0 || count > MOST_BOARDS)
        return false;
    for (unsigned k = 0; k < LW_SEGMENTS && base < count; base += (uint64_t)table->first << k++) {
        uint64_t length = (uint64_t)table->first << k, left = count - base;
        if (!look_at_segment(glance, table->segments[k], table->element_size, left < length ? left : length))
            return false;
    }
    return true;
}

static bool read_header(struct glance *glance)
{
    struct ledger *ledger = &glance->ledger;
    struct ledger_error error;
    struct stat status;
    if (fstat(glance->fd, &status) != 0)
        return false;
    glance->size = (uint64_t)status.st_size;
    ledger->size = glance->size < sizeof ledger->header ? glance->size : sizeof ledger->header;
    return snapshot__read(glance->fd, &ledger->header, sizeof ledger->header, 0) == 0 &&
           header__check(ledger, &error) == 0;
}

bool ledger__glance(const char *path, struct ledger_waits *waits)
{
    struct ledger_error error;
    struct glance glance = {.ledger.path = (char *)(uintptr_t)path, .now = moment__now(), .waits = waits};
    *waits = (struct ledger_waits){.has_ended = false};
    glance.fd = snapshot__open_file(path, &error);
    if (glance.fd < 0)
        return false;
    bool is_read = read_header(&glance);
    waits->pid = glance.ledger.header.pid;
    waits->has_ended = is_read && glance.ledger.header.end != LW_RUNNING;
    is_read = is_read && (waits->has_ended || look_at_all(&glance));
    close(glance.fd);
    return is_read;
}

bool ledger__is_alive(const char *path)
{
    struct ledger ledger = {.path = (char *)(uintptr_t)path};
    if (!ledger__peek(path, &ledger.header))
        return false;
    header__find_end(&ledger);
    return ledger.running && ledger.header.end == LW_RUNNING;
}
