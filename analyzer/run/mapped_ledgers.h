/* The ledgers of a process that runs, by its number: files that it has mapped; or, where it has ended, has left. */
#ifndef MAPPED_LEDGERS_H
#define MAPPED_LEDGERS_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger_list.h"

/* Is this the number of a process, as text? */
bool mapped_ledgers__is_number(const char *text, uint32_t *pid);

/* Adds those that it writes: 0; or -1, and why there are none in one line. */
int mapped_ledgers__find(struct ledger_list *list, uint32_t pid);
/* Adds those that it writes now, if it may be looked at. */
void mapped_ledgers__add(struct ledger_list *list, uint32_t pid);
/* Adds those of all processes of this machine that may be looked at. */
void mapped_ledgers__add_all(struct ledger_list *list);

#endif
