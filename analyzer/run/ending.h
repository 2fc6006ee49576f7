/* Ends processes that are somebody else's children, and no other that has got the number of one since. */
#ifndef ENDING_H
#define ENDING_H

#include <stdbool.h>
#include <stdint.h>

struct endings;

struct endings *endings__new(void);
void endings__free(struct endings *endings);

/* SIGTERM for the process that writes this ledger, and soon afterwards SIGKILL, see endings__go_on. False, and nothing is
 * done: it is not there, may not be signalled, or is being ended already. */
bool endings__begin(struct endings *endings, const char *ledger, uint32_t pid);

/* Was SIGTERM sent to the process that writes this ledger? */
bool endings__have(const struct endings *endings, const char *ledger);

/* SIGKILL for those that are still there when their time has come. Returns ns until the next is due; UINT64_MAX: there is
 * none. */
uint64_t endings__go_on(struct endings *endings);

#endif
