/* What a slot says of what it holds. */
#include <string.h>

#include "process/process.h"
#include "record.h"

void lw_detail_text(struct lw_slot *slot, const char *text, size_t length)
{
    if (length > LW_DETAIL) {
        slot->flags |= LW_DETAIL_CUT;
        length = LW_DETAIL;
    }
    memcpy(slot->detail, text, length);
    slot->detail_length = (uint16_t)length;
}

/* Byte by byte: paths are short, and the C library's strnlen and memcpy are two more pages. */
static void copy_text(struct lw_slot *slot, const char *text)
{
    uint32_t length = 0;
    while (length < LW_DETAIL && text[length]) {
        slot->detail[length] = text[length];
        length++;
    }
    slot->detail_length = (uint16_t)length;
    if (length == LW_DETAIL && text[length])
        slot->flags |= LW_DETAIL_CUT;
}

LW_HOT_CODE void lw_detail_write(struct lw_slot *slot, const struct lw_detail *detail)
{
    if (!detail)
        return;
    slot->flags |= detail->flags | (detail->cloexec ? LW_CLOEXEC : 0);
    slot->open_flags = detail->open_flags;
    slot->family = detail->family;
    slot->type = detail->type;
    slot->protocol = detail->protocol;
    if (detail->has_partner)
        slot->partner = detail->partner;
    if (detail->text && detail->length)
        lw_detail_text(slot, detail->text, detail->length);
    else if (detail->text)
        copy_text(slot, detail->text);
}

LW_HOT_CODE void lw_fill_slot(struct lw_slot *slot, struct lw_record *record, uint64_t handle, uint32_t kind,
                              uint32_t site)
{
    slot->prior_site = slot->release_stack ? slot->site : 0;
    slot->prior_stack = slot->release_stack;
    slot->prior_thread = slot->release_thread;
    slot->handle = handle;
    slot->acquired_time = record->now;
    slot->released_time = 0;
    slot->site = site;
    slot->thread = record->thread->id;
    slot->release_stack = slot->release_thread = slot->release_call = 0;
    slot->origin_stack = slot->origin_call = 0;
    slot->kind = kind;
    slot->flags = 0;
    slot->owner = 0;
    slot->number = slot->partner = -1;
    slot->error = 0;
    slot->open_flags = 0;
    slot->family = slot->type = slot->protocol = slot->detail_length = 0;
    slot->label_length = 0;
    slot->tag = 0;
}
