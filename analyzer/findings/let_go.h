/* Descriptors that were known as open when leakwatch let their process go: whoever attaches to it again is told of them as of
 * ones that were open before, and they are in a report already. */
#ifndef LET_GO_H
#define LET_GO_H

#include <stdbool.h>
#include <stdint.h>

#include "life.h"

struct let_go;

struct let_go *let_go__new(void);
void let_go__free(struct let_go *let_go);

/* Those of this ledger, if it ends so. */
void let_go__note(struct let_go *let_go, const struct ledger *ledger, const struct life *life);
/* From now on it is asked for this one's process. */
void let_go__open(struct let_go *let_go, const struct ledger *ledger);
bool let_go__has(const struct let_go *let_go, uint32_t number);

#endif
