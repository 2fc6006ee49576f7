/* Calls that failed, by stack, call and errno. */
#include <string.h>

#include "process/process.h"
#include "record.h"

/* Slots may change meanwhile: whatever length they show, it fits. */
void lw_copy_detail(char *detail, size_t room, const struct lw_slot *slot)
{
    size_t length = slot->detail_length < room ? slot->detail_length : room;
    memset(detail, 0, room);
    memcpy(detail, slot->detail, length);
}

struct lw_failure *lw_note_failure(struct lw_record *record, enum lw_failure_role role, int error, uint32_t site,
                                   uint64_t handle, const struct lw_slot *slot)
{
    struct lw_failure key = {.stack = record->trace.stack,
                             .call = record->call,
                             .error = error,
                             .role = role,
                             .site = site,
                             .first_time = record->now};
    uint64_t hash = lw_hash2((uint64_t)key.stack << 32 | key.call, (uint64_t)(uint32_t)error << 8 | role);
    /* Whose writes were lost or failed tells one from another; of others, the last one's is kept. */
    bool by_site = role >= LW_LOST_WRITE;
    uint32_t key_size = by_site ? offsetof(struct lw_failure, thread) : offsetof(struct lw_failure, site);
    struct lw_failure *row = lw_element(LW_FAILURES, lw_intern_by(LW_FAILURES, hash, &key, key_size));
    if (row) {
        lw_count(&row->count);
        row->last_time = record->now;
        row->site = site;
        row->thread = record->thread->id;
        row->handle = handle;
        if (slot)
            lw_copy_detail(row->detail, sizeof row->detail, slot);
    }
    return row;
}
