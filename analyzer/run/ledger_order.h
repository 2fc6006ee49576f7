/* The order in which the ledgers of a run are read, so that runs of the same give the same reports: by what was run, not
 * by process numbers. */
#ifndef LEDGER_ORDER_H
#define LEDGER_ORDER_H

#include "ledger_list.h"

void ledger_order__sort(struct ledger_list *list);

#endif
