/* The limit of descriptors: the last one stands in the header, its changes in a table. */
#include <sys/resource.h>
#include <sys/syscall.h>

#include "ledger.h"
#include "process/process.h"
#include "system/system.h"

bool lw_limit_is_new(uint64_t soft, uint64_t hard)
{
    const struct lw_header *header = lw_header();
    return __atomic_load_n(&header->nofile_soft, __ATOMIC_RELAXED) != soft ||
           __atomic_load_n(&header->nofile_hard, __ATOMIC_RELAXED) != hard;
}

/* The last row is used again where there is no room for one more. Whoever gets its time to 0 writes it; another thread, or a
 * handler, that comes meanwhile leaves its change out. */
static struct lw_limit *last_row(uint32_t number)
{
    struct lw_limit *row = lw_element(LW_LIMITS, number);
    uint64_t time = row ? __atomic_load_n(&row->time, __ATOMIC_RELAXED) : 0;
    if (!time || !__atomic_compare_exchange_n(&row->time, &time, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return NULL;
    row->missed++;
    return row;
}

static struct lw_limit *row_to_write(void)
{
    const struct lw_table *table = &lw_header()->tables[LW_LIMITS];
    void *made = NULL;
    if (__atomic_load_n(&table->count, __ATOMIC_RELAXED) >= table->cap)
        return last_row(table->cap - 1);
    lw_append(LW_LIMITS, &made);
    return made;
}

void lw_limit_note(const struct lw_limit *change)
{
    struct lw_header *header = lw_header();
    uint64_t soft_before = __atomic_exchange_n(&header->nofile_soft, change->soft, __ATOMIC_RELAXED);
    uint64_t hard_before = __atomic_exchange_n(&header->nofile_hard, change->hard, __ATOMIC_RELAXED);
    bool is_new = soft_before != change->soft || hard_before != change->hard; /* another thread may have been here */
    struct lw_limit *row = is_new ? row_to_write() : NULL;
    if (!row)
        return;
    row->soft = change->soft;
    row->hard = change->hard;
    row->soft_before = soft_before;
    row->hard_before = hard_before;
    row->stack = change->stack;
    row->call = change->call;
    row->thread = change->thread;
    __atomic_store_n(&row->time, change->time, __ATOMIC_RELEASE);
}

bool lw_limit_is_lent;

uint64_t lw_limit_look(uint32_t thread, uint64_t now)
{
    struct rlimit limit = {0, 0};
    bool is_lent = lw_late && __atomic_load_n(&lw_limit_is_lent, __ATOMIC_ACQUIRE);
    if (lw_strict || is_lent || lw_system4(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, &limit) != 0)
        return lw_header()->nofile_soft;
    if (lw_limit_is_new(limit.rlim_cur, limit.rlim_max))
        lw_limit_note(
            &(struct lw_limit){.time = now, .soft = limit.rlim_cur, .hard = limit.rlim_max, .thread = thread});
    return limit.rlim_cur;
}
