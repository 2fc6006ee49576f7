/* What a failure did to the command: the findings of its run are compared with those of the run in which nothing failed. */
#ifndef SWEEP_RESULTS_H
#define SWEEP_RESULTS_H

#include "model/finding.h"
#include "sites.h"
#include "trials.h"

enum sweep_outcome { /* worst first */
                     SWEEP_CRASHED,
                     SWEEP_HUNG,
                     SWEEP_SWALLOWED,
                     SWEEP_LEAKED,
                     SWEEP_MISUSED, /* closed twice, or what was not its own */
                     SWEEP_UNCLEAR, /* whether anybody looked cannot be told */
                     SWEEP_HANDLED,
                     SWEEP_NOT_REACHED,
                     SWEEP_OUTCOMES
};

struct sweep_result {
    const struct sweep_site *site;
    const struct trial *trial;
    enum sweep_outcome outcome;
    char *because; /* "fd-leak at save.c:12 in save, exit status 1"; NULL: nothing more to say */
    bool gave_up;  /* ended with another status than when nothing fails: what is left open then hurts least */
};

struct sweep_reference;
struct symbols;

/* Of the run in which nothing failed. `skip_exe` as in struct collector_options, but that programs which merely carry a run
 * are judged, too, where there is no other. All that is given must outlive it. */
struct sweep_reference *sweep_reference__new(const struct trial *trial, const char *const *skip_exe,
                                             struct symbols *symbols);
void sweep_reference__free(struct sweep_reference *reference);
/* How many ledgers it left: 0, it was not watched. */
size_t sweep_reference__ledgers(const struct sweep_reference *reference);
/* Is it about the process of this ledger? */
bool sweep_reference__judges(const struct sweep_reference *reference, const struct ledger *ledger);
/* What is left alone in the end, and the names of the programs that were, each once, ending with NULL. */
const char *const *sweep_reference__skip_exe(const struct sweep_reference *reference);
char *const *sweep_reference__skipped(const struct sweep_reference *reference);

struct sweep_result sweep_result__of(const struct sweep_reference *reference, const struct sweep_site *site,
                                     const struct trial *trial);

/* Worst first, then by what is to be mended: 0, they read alike. */
int sweep_result__compare(const struct sweep_result *a, const struct sweep_result *b);
/* Did different failures do the same harm, at one place? */
bool sweep_result__is_same_harm(const struct sweep_result *a, const struct sweep_result *b);

const char *sweep_outcome__name(enum sweep_outcome outcome);
bool sweep_outcome__is_bad(enum sweep_outcome outcome);

#endif
