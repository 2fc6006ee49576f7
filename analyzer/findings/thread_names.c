/* The names that a process gave to its threads: they stand on their boards. */
#include "thread_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "ledger/boards.h"

struct named {
    uint32_t thread;
    const char *name; /* NULL: two boards say different things of this number */
};

struct thread_names {
    struct named *rows; /* by number */
    size_t count, room;
};

static int by_thread(const void *left, const void *right)
{
    const struct named *a = left, *b = right;
    return a->thread < b->thread ? -1 : a->thread > b->thread;
}

static void add(struct thread_names *names, const struct lw_board *board, struct pool *pool)
{
    char name[LW_THREAD_NAME + 1] = "";
    memcpy(name, board->name, LW_THREAD_NAME);
    if (name[0] == '\0')
        return;
    char *text = heap__printed("thread \"%s\"", name);
    names->rows = heap__room(names->rows, names->count, &names->room, sizeof(struct named));
    names->rows[names->count++] = (struct named){board->thread, pool__text(pool, text)};
    free(text);
}

static void join_equal(struct thread_names *names)
{
    size_t count = 0;
    for (size_t i = 0; i < names->count; i++) {
        struct named *last = count > 0 ? &names->rows[count - 1] : NULL;
        if (last == NULL || last->thread != names->rows[i].thread)
            names->rows[count++] = names->rows[i];
        else if (last->name != names->rows[i].name)
            last->name = NULL;
    }
    names->count = count;
}

struct thread_names *thread_names__new(const struct ledger *ledger, struct pool *pool)
{
    struct thread_names *names = heap__zeroed(1, sizeof(*names));
    for (uint32_t i = 1; i < ledger__count(ledger, LW_BOARDS); i++) {
        const struct lw_board *board = ledger__board(ledger, i);
        if (board != NULL)
            add(names, board, pool);
    }
    if (names->count > 0) {
        qsort(names->rows, names->count, sizeof(struct named), by_thread);
        join_equal(names);
        return names;
    }
    free(names);
    return NULL;
}

void thread_names__free(struct thread_names *names)
{
    if (names != NULL)
        free(names->rows);
    free(names);
}

const char *thread_names__of(const struct thread_names *names, uint32_t thread)
{
    const struct named wanted = {.thread = thread};
    const struct named *found =
        names ? bsearch(&wanted, names->rows, names->count, sizeof(struct named), by_thread) : NULL;
    return found ? found->name : NULL;
}
