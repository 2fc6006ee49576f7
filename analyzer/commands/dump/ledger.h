/* A ledger as text, one record a line: what `leakwatch dump` prints. */
#ifndef DUMP_LEDGER_H
#define DUMP_LEDGER_H

#include <stdio.h>

#include "ledger/read.h"

void dump__ledger(FILE *out, const struct ledger *ledger);

#endif
