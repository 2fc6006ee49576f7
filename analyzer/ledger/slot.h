/* What the fields of a slot say together. */
#ifndef SLOT_H
#define SLOT_H

#include "leakwatch/ledger.h"

static inline enum lw_state slot_state(const struct lw_slot *slot)
{
    return lw_state(slot->word);
}

/* The label that the program gave it: label_length bytes, not terminated. */
static inline const char *slot_label(const struct lw_slot *slot)
{
    return slot->detail + LW_DETAIL - slot->label_length;
}

#endif
