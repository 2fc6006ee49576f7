/* What is known of the threads of a process: the names that it gave them, and where it started them. */
#ifndef THREAD_NAMES_H
#define THREAD_NAMES_H

#include <stdbool.h>
#include <stdint.h>

struct ledger;
struct lw_board;
struct pool;
struct stacks;
struct thread_names;

/* Texts are of the pool. with_names: false for reports in which nothing differs from run to run. */
struct thread_names *thread_names__new(const struct ledger *ledger, struct pool *pool, bool with_names);
void thread_names__free(struct thread_names *names);

/* thread "worker-3"; NULL: it has no name, or its number was that of several. */
const char *thread_names__of(const struct thread_names *names, uint32_t thread);

/* The site that started it; 0: not known. routine: what it runs; NULL: that is not known. */
uint32_t thread_names__starter(const struct thread_names *names, uint32_t thread, struct stacks *stacks,
                               const char *routine);

/* The board's name within quotes, in which nothing can be mistaken for their end; NULL: it has none. To be freed. */
char *thread_names__quoted(const struct lw_board *board);

#endif
