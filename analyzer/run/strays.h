/* Ledgers of a run that its processes keep in /dev/shm, because the run's directory had no room for them, or because they
 * may not write to it. */
#ifndef STRAYS_H
#define STRAYS_H

#include <stddef.h>
#include <stdint.h>

#include "ledger_list.h"
#include "roll.h"

#define STRAYS_DIRECTORY "/dev/shm"

struct strays {
    size_t count;
    size_t forbidden; /* of them: the process may not write to the run's directory */
    uint32_t user;    /* whose the last of these is */
};

/* How many there are: of the process `pid`, of those whose ledgers are listed, of those on the roll, and of all that descend from these, if
 * begun at or after that time. */
struct strays strays__count(const struct ledger_list *ledgers, const struct roll *roll, uint32_t pid, uint64_t since);

#endif
