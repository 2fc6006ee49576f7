/* What is known of the threads of a process. Their names stand on their boards, as long as they have one, and so do the handles by which the slots of
 * those that are to be joined are known; of those the site is who started them. */
#include "thread_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/heap.h"
#include "base/pool.h"
#include "ledger/boards.h"

struct known {
    uint32_t thread, starter; /* starter: a site; 0: not known */
    uint64_t handle;
    const char *name; /* NULL: none, or two boards say different things of this number */
};

struct started {
    uint64_t handle;
    uint32_t site;
};

struct thread_names {
    struct known *rows; /* by number */
    size_t count, room;
    struct started *started; /* by handle, while the rows are made */
    size_t started_count, started_room;
};

static int by_thread(const void *left, const void *right)
{
    const struct known *a = left, *b = right;
    return a->thread < b->thread ? -1 : a->thread > b->thread;
}

static int by_handle(const void *left, const void *right)
{
    const struct started *a = left, *b = right;
    return a->handle < b->handle ? -1 : a->handle > b->handle;
}

static char *quoted_name(const char name[LW_THREAD_NAME])
{
    size_t length = strnlen(name, LW_THREAD_NAME);
    return length > 0 ? escape__new_quoted(name, length) : NULL;
}

char *thread_names__quoted(const struct lw_board *board)
{
    return quoted_name(board->name);
}

static const char *name_of(const char name[LW_THREAD_NAME], struct pool *pool)
{
    char *quoted = quoted_name(name);
    char *text = quoted ? heap__printed("thread %s", quoted) : NULL;
    const char *kept = text ? pool__text(pool, text) : NULL;
    free(text);
    free(quoted);
    return kept;
}

static void add(struct thread_names *names, const struct known *known)
{
    names->rows = heap__room(names->rows, names->count, &names->room, sizeof(struct known));
    names->rows[names->count++] = *known;
}

/* What has left its board to another thread, or never had one, has left its name elsewhere. */
static void add_all(struct thread_names *names, const struct ledger *ledger, struct pool *pool)
{
    for (uint32_t i = 1; i < ledger__count(ledger, LW_BOARDS); i++) {
        const struct lw_board *board = ledger__board(ledger, i);
        if (board != NULL)
            add(names, &(struct known){.thread = board->thread,
                                       .handle = board->handle,
                                       .name = pool ? name_of(board->name, pool) : NULL});
    }
    for (uint32_t i = 1; pool && i < ledger__count(ledger, LW_THREAD_NAMES); i++) {
        const struct lw_thread_name *row = ledger__thread_name(ledger, i);
        if (row != NULL)
            add(names, &(struct known){.thread = row->thread, .name = name_of(row->name, pool)});
    }
}

static bool add_start(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    struct thread_names *names = context;
    (void)index;
    if (!is_handle || slot->kind != LW_THREAD || slot->site == 0)
        return true;
    names->started = heap__room(names->started, names->started_count, &names->started_room, sizeof(struct started));
    names->started[names->started_count++] = (struct started){slot->handle, slot->site};
    return true;
}

static void join_equal(struct thread_names *names)
{
    size_t count = 0;
    for (size_t i = 0; i < names->count; i++) {
        struct known *last = count > 0 ? &names->rows[count - 1] : NULL, *here = &names->rows[i];
        if (last == NULL || last->thread != here->thread) {
            names->rows[count++] = *here;
            continue;
        }
        last->name = last->name == here->name ? last->name : NULL;
        last->handle = last->handle == here->handle ? last->handle : 0;
    }
    names->count = count;
}

static void find_starters(struct thread_names *names, const struct ledger *ledger)
{
    ledger__slots(ledger, add_start, names);
    if (names->started_count == 0)
        return;
    qsort(names->started, names->started_count, sizeof(struct started), by_handle);
    for (size_t i = 0; i < names->count; i++) {
        const struct started wanted = {.handle = names->rows[i].handle};
        const struct started *found =
            wanted.handle ? bsearch(&wanted, names->started, names->started_count, sizeof(struct started), by_handle)
                          : NULL;
        names->rows[i].starter = found ? found->site : 0;
    }
    free(names->started);
}

struct thread_names *thread_names__new(const struct ledger *ledger, struct pool *pool, bool with_names)
{
    struct thread_names *names = heap__zeroed(1, sizeof(*names));
    add_all(names, ledger, with_names ? pool : NULL);
    if (names->count == 0)
        return names;
    qsort(names->rows, names->count, sizeof(struct known), by_thread);
    join_equal(names);
    find_starters(names, ledger);
    return names;
}

void thread_names__free(struct thread_names *names)
{
    free(names->rows);
    free(names);
}

static const struct known *find(const struct thread_names *names, uint32_t thread)
{
    const struct known wanted = {.thread = thread};
    return names->count > 0 ? bsearch(&wanted, names->rows, names->count, sizeof(struct known), by_thread) : NULL;
}

const char *thread_names__of(const struct thread_names *names, uint32_t thread)
{
    const struct known *found = find(names, thread);
    return found ? found->name : NULL;
}

uint32_t thread_names__starter(const struct thread_names *names, uint32_t thread)
{
    const struct known *found = find(names, thread);
    return found ? found->starter : 0;
}
