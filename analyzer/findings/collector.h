/* Ledgers in, one report out. Ledgers are looked at one after the other and may be closed at once: what is kept is what
 * differs. */
#ifndef COLLECTOR_H
#define COLLECTOR_H

#include "ledger/read.h"
#include "life.h"
#include "model/finding.h"

struct collector;
struct suppressions;

struct collector_options {
    const char *const *skip_exe; /* patterns, ends with NULL; NULL: the built-in list of carriers */
    bool audit;                  /* look at releases that have not failed, too */
    bool leaks_on_signal;        /* judge every end as a normal one */
    bool held_is_given;          /* `held` is; else what was held to the end is a warning */
    enum level held;             /* of what was held to the end */
    const char *kinds;           /* "fd-leak,dir-leak": tell of these only; NULL: of all */
    const char *scope;           /* tell of findings in scopes that match this pattern only; NULL: of all */
    struct suppressions *suppressions;
};

struct collector *collector__new(const struct collector_options *options, struct symbols *symbols);
void collector__free(struct collector *collector); /* and its report */

/* seen: the end of a process that a launcher has seen; looked at where the ledger's process is that one. NULL: none. */
void collector__add(struct collector *collector, const struct ledger *ledger, const struct seen_end *seen);

/* To be called once. The report lives as long as the collector and the symbols. */
const struct report *collector__finish(struct collector *collector);

/* Programs that merely carry a run, when no --skip-exe is given. */
extern const char *const collector_carriers[];

/* Is this program's name among them? NULL: the built-in list. */
bool collector__skips(const char *const *patterns, const char *program);

#endif
