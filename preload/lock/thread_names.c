/* Names of threads: they stand on boards, and where a thread has none, or leaves it to another, in a table of their own.
 *
 * DESIGN. A thread begins with its creator's name, so what differs from that was given to it: by whatever call, by another
 * thread, or through the kernel's files. So the kernel is asked when a thread gets its board, and at its end; between the
 * two, the calls that name threads tell of it, for a process may be killed. */
#include "thread_names.h"

#include <string.h>
#include <sys/prctl.h>

#include "board.h"
#include "process/process.h"
#include "system/system.h"

void lw_name_ask(char name[LW_THREAD_NAME])
{
    if (lw_strict || lw_system2(SYS_prctl, PR_GET_NAME, name) != 0)
        memset(name, 0, LW_THREAD_NAME);
}

bool lw_name_own(const struct lw_start *start, char name[LW_THREAD_NAME])
{
    char now[LW_THREAD_NAME];
    if (!start || !start->name[0])
        return false;
    lw_name_ask(now);
    if (!now[0] || strncmp(now, start->name, sizeof now) == 0)
        return false;
    memcpy(name, now, sizeof now);
    return true;
}

static void write_name(struct lw_board *board, const char *name)
{
    size_t length = strnlen(name, sizeof board->name - 1);
    memcpy(board->name, name, length);
    memset(board->name + length, 0, sizeof board->name - length);
}

void lw_name_changed(const char *name)
{
    struct lw_board *board = lw_locking ? lw_board_here() : NULL;
    if (board)
        write_name(board, name);
}

static struct lw_board *board_of(pthread_t thread)
{
    uint32_t count = lw_keeping() ? __atomic_load_n(&lw_header()->tables[LW_BOARDS].count, __ATOMIC_ACQUIRE) : 0;
    for (uint32_t i = 1; i < count; i++) {
        struct lw_board *board = lw_element(LW_BOARDS, i);
        if (board && board->handle == (uint64_t)thread && !(board->flags & LW_BOARD_ENDED))
            return board;
    }
    return NULL;
}

/* Who has no board yet asks for its name when it gets one. */
void lw_name_given(pthread_t thread, const char *name)
{
    struct lw_board *board = lw_locking && *lw_owner == LW_OURS ? board_of(thread) : NULL;
    if (board)
        write_name(board, name);
}

void lw_name_keep(uint32_t thread, const char name[LW_THREAD_NAME])
{
    static uint32_t turn;
    if (!name[0] || !thread || !lw_keeping())
        return;
    const struct lw_table *table = &lw_header()->tables[LW_THREAD_NAMES];
    void *made = NULL;
    if (__atomic_load_n(&table->count, __ATOMIC_RELAXED) < table->cap)
        lw_append(LW_THREAD_NAMES, &made);
    else
        made = lw_element(LW_THREAD_NAMES, 1 + __atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED) % (table->cap - 1));
    struct lw_thread_name *row = made;
    if (!row)
        return;
    __atomic_store_n(&row->thread, 0, __ATOMIC_RELEASE);
    memcpy(row->name, name, sizeof row->name);
    __atomic_store_n(&row->thread, thread, __ATOMIC_RELEASE);
}
