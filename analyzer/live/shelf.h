/* Ledgers, those of a directory or others, looked at again and again: each is opened when it appears, read again at every look, and put
 * away when its process has ended. */
#ifndef SHELF_H
#define SHELF_H

#include <stdbool.h>
#include <stddef.h>

#include "ledger/read.h"
#include "run/ledger_list.h"

struct shelf;

struct shelf *shelf__new(void);
void shelf__free(struct shelf *shelf);

/* False: the directory cannot be read, and errno says why; what was known stays. */
bool shelf__look(struct shelf *shelf, const char *directory);
/* At these instead, which are sorted. */
void shelf__look_at(struct shelf *shelf, const struct ledger_list *paths);

/* Those of processes that run, by path; they hold until the next look. */
size_t shelf__count(const struct shelf *shelf);
const struct ledger *shelf__ledger(const struct shelf *shelf, size_t index);

size_t shelf__ended(const struct shelf *shelf);     /* ledgers of processes that have ended */
size_t shelf__unread(const struct shelf *shelf);    /* those that cannot be read, though they have begun */
int shelf__unread_error(const struct shelf *shelf); /* errno of the first of them; 0: what stands in them is wrong */

#endif
