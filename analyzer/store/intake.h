/* A look at a run, into a store. */
#ifndef STORE_INTAKE_H
#define STORE_INTAKE_H

#include "run.h"
#include "store.h"

enum intake {
    INTAKE_FAILED = -1,
    INTAKE_NEW,      /* a run that was not known */
    INTAKE_LOOK,     /* one more look at a run that is known */
    INTAKE_UNCHANGED /* nothing has changed since the last one */
};

/* In one transaction: it is there whole or not at all. */
enum intake store__add(struct store *store, const struct run *run, struct store_error *error);

#endif
