/* Lines of interpreted programs: rows that are found again by what they say. */
#include "ledger.h"

bool lw_lines_have_room(void)
{
    const struct lw_table *names = &lw_header()->tables[LW_NAMES];
    return __atomic_load_n(&names->count, __ATOMIC_RELAXED) < names->cap / 2;
}

static bool is_name(uint32_t number)
{
    return number && number != LW_OTHER;
}

uint32_t lw_line(const struct lw_line *line)
{
    if (!is_name(line->function) || !is_name(line->file)) {
        __atomic_fetch_add(&lw_header()->tables[LW_LINES].folded, 1, __ATOMIC_RELAXED);
        return 0;
    }
    uint64_t hash = lw_hash2((uint64_t)line->function << 32 | line->file, line->line);
    uint32_t number = lw_intern(LW_LINES, hash, line);
    return number == LW_OTHER ? 0 : number;
}
