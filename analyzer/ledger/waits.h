/* What the threads of a process that may still run wait for, at a glance: of the file, only the header and the boards are
 * read. For those who look at many ledgers again and again; ledger__open says what is behind it. */
#ifndef LEDGER_WAITS_H
#define LEDGER_WAITS_H

#include <stdbool.h>
#include <stdint.h>

/* Waits that no time-out ends. */
struct ledger_waits {
    bool has_ended; /* and said so: it waits for nothing any more */
    uint32_t pid;
    uint32_t count;        /* threads that wait */
    uint32_t for_locks;    /* of them: for what another one must give back, or for another one's end */
    uint64_t longest_lock; /* ns, of those; 0: not known */
    uint64_t shortest;     /* ns, of all; 0: not known */
    uint64_t which;        /* a sum of who waits for what since when: the same for as long as all of that is the same */
};

/* False where it cannot be read; nothing is said. */
bool ledger__glance(const char *path, struct ledger_waits *waits);

/* Is its process there? */
bool ledger__is_alive(const char *path);

#endif
