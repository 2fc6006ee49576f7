/* Slots of a ledger as findings see them. */
#include "slots.h"

#include <string.h>

#include "ledger/slot.h"

bool slot__is_held(const struct lw_slot *slot)
{
    return lw_is_held(slot->word);
}

bool slot__is_own(const struct lw_slot *slot)
{
    return slot__is_held(slot) && lw_is_due(slot) && !(slot->flags & LW_UNTRACKED);
}

uint32_t slot__leftover(const struct ledger *ledger, const struct lw_slot *slot)
{
    return ledger__leftover(ledger, slot->leftover) != NULL ? slot->leftover : 0;
}

static void copy_text(char *text, const char *bytes, size_t length, size_t most)
{
    length = length < most ? length : most;
    memcpy(text, bytes, length);
    text[length] = '\0';
}

/* Streams are known by the descriptor below them: their own address tells nobody anything, nor does a thread's or a lock's. */
static void identify(const struct lw_slot *slot, struct sighting *sighting)
{
    enum lw_class class = lw_class(slot->kind);
    bool is_stream = class == LW_CLASS_STREAM || class == LW_CLASS_DIR;
    sighting->has_id = class < LW_CLASS_LOCK && (!is_stream || slot->number >= 0);
    if (sighting->has_id)
        sighting->id = is_stream ? (uint64_t)slot->number : slot->handle;
}

/* Of what it is told how long it has been so: a thread that has ended, since it has. */
static uint64_t beginning(const struct lw_slot *slot)
{
    bool has_ended = slot->kind == LW_THREAD && slot->flags & LW_OVER && slot->released_time != 0;
    return has_ended ? slot->released_time : slot->acquired_time;
}

void slot__illustrate(struct illustration *illustration, const struct inquiry *inquiry, const struct lw_slot *slot)
{
    copy_text(illustration->detail, slot->detail, slot->detail_length, LW_DETAIL);
    copy_text(illustration->label, slot_label(slot), slot->label_length, LW_LABEL);
    illustration->sighting = (struct sighting){
        .process = inquiry->process,
        .count = 1,
        .detail = illustration->detail,
        .label = illustration->label[0] != '\0' ? illustration->label : NULL,
        .thread = slot->kind != LW_THREAD ? slot->thread : 0, /* of one that was started, that would be another */
        .age = slot__is_held(slot) ? inquiry__age(inquiry, beginning(slot)) : -1};
    identify(slot, &illustration->sighting);
}
