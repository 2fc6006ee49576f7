/* The runs of a report on their way into a store. */
#ifndef RECORDER_H
#define RECORDER_H

#include "findings/life.h"
#include "model/finding.h"
#include "store/store.h"
#include "symbol/symbols.h"

struct recorder;

struct recorder *recorder__new(struct symbols *symbols); /* which must outlive it */
void recorder__free(struct recorder *recorder);

/* A ledger, which may be closed afterwards: each that the report gets, in the same order. */
void recorder__add(struct recorder *recorder, const struct ledger *ledger, const struct life *life);

struct recorded {
    size_t added, looks, unchanged; /* runs, looks at runs that were known, runs or looks that say nothing new */
};

/* All processes of the report that were judged, each in a transaction. -1 where one could not be written, which is said in
 * one line, and no more are tried. */
int recorder__write(struct recorder *recorder, const struct report *report, struct store *store,
                    struct recorded *recorded);

#endif
