/* Ledgers whose bytes are not what their processes wrote. */
#ifndef LEDGER_DAMAGE_H
#define LEDGER_DAMAGE_H

#include <stdbool.h>

#include "ledger/read.h"

/* A process that still runs may be seen in the middle of whatever it does: that is no damage. */
bool ledger_damage__is_there(const struct ledger *ledger);

/* Says in one line what is wrong with it, and what to do. */
void ledger_damage__tell(const struct ledger *ledger);

#endif
