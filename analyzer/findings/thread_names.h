/* The names that a process gave to its threads. */
#ifndef THREAD_NAMES_H
#define THREAD_NAMES_H

#include <stdint.h>

struct ledger;
struct pool;
struct thread_names;

/* NULL: none has a name. Texts are of the pool. */
struct thread_names *thread_names__new(const struct ledger *ledger, struct pool *pool);
void thread_names__free(struct thread_names *names);

/* "thread "worker-3""; NULL: it has no name, or its number was that of several. names may be NULL. */
const char *thread_names__of(const struct thread_names *names, uint32_t thread);

#endif
