/* Ledgers in, one report out. Ledgers are looked at one after the other and may be closed at once: what is kept is what
 * differs. */
#ifndef COLLECTOR_H
#define COLLECTOR_H

#include "ledger/read.h"
#include "life.h"
#include "model/finding.h"
#include "tally/grouping.h"

struct collector;

struct collector_options {
    const char *const *skip_exe; /* patterns, ends with NULL; NULL: the built-in list of carriers */
    bool audit;                  /* look at releases that have not failed, too */
    bool leaks_on_signal;        /* judge every end as a normal one */
    bool steady;                 /* without what differs between runs of the same, see tally/steady.h */
    bool locks;                  /* list what locks cost */
    bool connections;            /* list those that are held */
    double idle;                 /* seconds: they are idle that were not used for so long */
    struct grouping_options grouping;
};

struct collector *collector__new(const struct collector_options *options, struct symbols *symbols);
void collector__free(struct collector *collector); /* and its report */

/* seen: the end of a process that a launcher has seen; looked at where the ledger's process is that one. NULL: none. */
void collector__add(struct collector *collector, const struct ledger *ledger, const struct seen_end *seen);

/* To be called once. The report lives as long as the collector and the symbols. */
const struct report *collector__finish(struct collector *collector);

/* Is this program's name among them? NULL: the built-in list, of those that merely carry a run. */
bool collector__skips(const char *const *patterns, const char *program);

#endif
