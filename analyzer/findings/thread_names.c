/* What is known of the threads of a process. Their names stand on their boards, as long as they have one, and so do the
 * handles by which their slots are known; of those the site is who started them. Of a thread that has no board, or whose slot
 * is another's by now, what it runs may tell who started it: if all that run this, as far as slots know, were started there,
 * and of each place that starts threads some slot knows. */
#include "thread_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/heap.h"
#include "base/pool.h"
#include "ledger/boards.h"
#include "symbol/stacks.h"

struct known {
    uint32_t thread, starter; /* starter: a site; 0: not known */
    uint64_t handle;
    const char *name; /* NULL: none, or two boards say different things of this number */
};

struct started {
    uint64_t handle;
    uint32_t site, routine; /* routine: a stack of one frame; 0: not known */
};

struct thread_names {
    struct known *rows; /* by number */
    size_t count, room;
    struct started *started; /* by handle; once the rows are made, each place and what it starts, once */
    size_t started_count, started_room;
    bool knows_all; /* places that start threads */
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
    names->started[names->started_count++] = (struct started){slot->handle, slot->site, slot->origin_stack};
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
        last->handle = last->handle == here->handle || here->handle == 0 ? last->handle
                       : last->handle == 0                               ? here->handle
                                                                         : 0;
    }
    names->count = count;
}

static int by_place(const void *left, const void *right)
{
    const struct started *a = left, *b = right;
    if (a->site != b->site)
        return a->site < b->site ? -1 : 1;
    return a->routine < b->routine ? -1 : a->routine > b->routine;
}

static void keep_places(struct thread_names *names)
{
    size_t count = 0;
    if (names->started_count > 0)
        qsort(names->started, names->started_count, sizeof(struct started), by_place);
    for (size_t i = 0; i < names->started_count; i++)
        if (count == 0 || by_place(&names->started[count - 1], &names->started[i]) != 0)
            names->started[count++] = names->started[i];
    names->started_count = count;
}

static bool is_known(const struct thread_names *names, uint32_t site)
{
    for (size_t i = 0; i < names->started_count; i++)
        if (names->started[i].site == site && names->started[i].routine != 0)
            return true;
    return false;
}

static bool knows_all(const struct thread_names *names, const struct ledger *ledger)
{
    for (uint32_t i = 1; i < ledger__count(ledger, LW_SITES); i++) {
        const struct lw_site *site = ledger__site(ledger, i);
        if (site != NULL && site->kind == LW_THREAD && ledger__site_count(ledger, i).acquired > 0 &&
            !is_known(names, i))
            return false;
    }
    return true;
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
}

struct thread_names *thread_names__new(const struct ledger *ledger, struct pool *pool, bool with_names)
{
    struct thread_names *names = heap__zeroed(1, sizeof(*names));
    add_all(names, ledger, with_names ? pool : NULL);
    if (names->count > 0)
        qsort(names->rows, names->count, sizeof(struct known), by_thread);
    join_equal(names);
    find_starters(names, ledger);
    keep_places(names);
    names->knows_all = knows_all(names, ledger);
    return names;
}

void thread_names__free(struct thread_names *names)
{
    free(names->rows);
    free(names->started);
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

static bool runs(struct stacks *stacks, const struct started *started, const char *routine)
{
    const struct stack *stack = stacks__get(stacks, stacks__number(stacks, started->routine));
    return stack != NULL && stack->count > 0 && stack->frames[0]->function != NULL &&
           strcmp(stack->frames[0]->function, routine) == 0;
}

uint32_t thread_names__starter(const struct thread_names *names, uint32_t thread, struct stacks *stacks,
                               const char *routine)
{
    const struct known *found = find(names, thread);
    uint32_t site = 0;
    if (found != NULL && found->starter != 0)
        return found->starter;
    for (size_t i = 0; routine != NULL && names->knows_all && i < names->started_count; i++) {
        const struct started *started = &names->started[i];
        if (site == started->site || !runs(stacks, started, routine))
            continue;
        if (site != 0)
            return 0;
        site = started->site;
    }
    return site;
}
