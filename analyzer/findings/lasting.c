/* Several held from one place, which by their nature last as long as their process. */
#include "lasting.h"

#include <fcntl.h>
#include <string.h>

#include "ledger/read.h"
#include "slots.h"
#include "tally/tally.h"

#define BURST 1000000000ULL /* ns: settings are read at once, also on a busy machine */

struct look {
    uint32_t site;
    char details[LASTING_FEW][LW_DETAIL];
    size_t lengths[LASTING_FEW], count;
    uint64_t first, last;
    bool are_lasting;
};

bool lasting__is(const struct lw_slot *slot)
{
    bool is_file = slot->kind == LW_FD_FILE || slot->kind == LW_STREAM_FILE;
    return slot->flags & LW_LISTENING || (is_file && slot->open_flags & O_APPEND);
}

static size_t detail_length(const struct lw_slot *slot)
{
    return slot->detail_length < LW_DETAIL ? slot->detail_length : LW_DETAIL;
}

static bool is_another(const struct look *look, const struct lw_slot *slot)
{
    size_t length = detail_length(slot);
    for (size_t i = 0; i < look->count; i++)
        if (look->lengths[i] == length && memcmp(look->details[i], slot->detail, length) == 0)
            return false;
    return length > 0;
}

static bool look_at_slot(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index)
{
    struct look *look = context;
    (void)is_handle, (void)index;
    if (!slot__is_own(slot) || slot->site != look->site)
        return true;
    look->are_lasting = look->count < LASTING_FEW && lasting__is(slot) && is_another(look, slot);
    if (!look->are_lasting)
        return false;
    look->lengths[look->count] = detail_length(slot);
    memcpy(look->details[look->count++], slot->detail, detail_length(slot));
    look->first = slot->acquired_time < look->first ? slot->acquired_time : look->first;
    look->last = slot->acquired_time > look->last ? slot->acquired_time : look->last;
    return true;
}

bool lasting__are_all(const struct ledger *ledger, uint32_t site)
{
    struct look look = {.site = site, .first = UINT64_MAX};
    ledger__slots_of(ledger, site, look_at_slot, &look);
    return look.are_lasting && look.last - look.first <= BURST;
}
