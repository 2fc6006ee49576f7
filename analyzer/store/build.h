/* Which build of its program a process ran. */
#ifndef STORE_BUILD_H
#define STORE_BUILD_H

#include "ledger/read.h"
#include "symbol/symbols.h"

/* The build-id of the executable in hex; where it has none, "time:" and when the file was changed; "" where the file is
 * gone, or has been changed since, and the ledger does not know. The caller frees it. */
char *build__of(const struct ledger *ledger, struct symbols *symbols);

#endif
