/* The scopes of all ledgers, by their paths. */
#ifndef SCOPE_PATHS_H
#define SCOPE_PATHS_H

#include "ledger/read.h"
#include "model/finding.h"

#define SCOPE_SEPARATOR " > "

/* Does the pattern match the scope's path, from any of its names to any later one? NULL patterns match everything. */
bool scope__is_asked_for(const char *pattern, const char *path);

struct scope_paths;

struct scope_paths *scope_paths__new(void);
void scope_paths__free(struct scope_paths *paths);

/* What one ledger counted of a scope. The path is of the pool; rate: ticks of its clock in a second, 0: not known. */
void scope_paths__add(struct scope_paths *paths, const char *path, uint32_t kind, uint32_t process,
                      const struct lw_scope_count *count, double rate);

/* Those that match the pattern, what left something most often first, then what was entered most; they live as long as
 * the paths. To be called once, when all ledgers have been added. */
const struct scope_summary *scope_paths__list(struct scope_paths *paths, const char *pattern, size_t *count);
const struct scope_summary *scope_paths__find(const struct scope_paths *paths, const char *path); /* NULL: none */

#endif
