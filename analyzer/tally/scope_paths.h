/* The scopes of all ledgers, by their paths and programs: in different programs one name means different things. */
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

/* Whose ledger it is; the program, as baselines name it, is of the pool. */
struct scope_owner {
    uint32_t process; /* its number in the report */
    const char *program;
};

/* What one ledger counted of a scope. The path is of the pool; rate: ticks of its clock in a second, 0: not known. */
void scope_paths__add(struct scope_paths *paths, const char *path, uint32_t kind, const struct scope_owner *owner,
                      const struct lw_scope_count *count, double rate);

/* Those that match the pattern, what left something most often first, then what was entered most; they live as long as
 * the paths. To be called once, when all ledgers have been added. */
const struct scope_summary *scope_paths__list(struct scope_paths *paths, const char *pattern, size_t *count);
/* What the programs of these processes counted of it, all their processes together. */
struct scope_summary scope_paths__of(struct scope_paths *paths, const char *path, const uint32_t *processes,
                                     size_t count);

#endif
