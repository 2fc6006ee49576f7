/* Slots of a ledger as findings see them: which are to be told of, and how. */
#ifndef SLOTS_H
#define SLOTS_H

#include "inquiry.h"

/* Held, acquired by this process, and not below something else that counts. What is held on purpose is as well. */
bool slot__is_own(const struct lw_slot *slot);
bool slot__is_held(const struct lw_slot *slot);

/* The row of what scopes left that this slot was counted in when its scope ended; 0: none. */
uint32_t slot__leftover(const struct ledger *ledger, const struct lw_slot *slot);

/* A slot as a sighting, with the texts that the sighting points to: it stays where it is. */
struct illustration {
    char detail[LW_DETAIL + 1], label[LW_LABEL + 1];
    struct sighting sighting;
};
void slot__illustrate(struct illustration *illustration, const struct inquiry *inquiry, const struct lw_slot *slot);

#endif
