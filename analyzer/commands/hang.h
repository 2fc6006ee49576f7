/* Looks at the processes of a run while they go on, and tells of those that hang. */
#ifndef HANG_H
#define HANG_H

#include <stdbool.h>

#include "common.h"
#include "run/directory.h"

struct finding;
struct hang;

struct hang_options {
    double after; /* seconds that it must last; 0: nobody looks */
    bool kill;    /* end what hangs */
};

/* All of these must outlive it. NULL: nobody looks. */
struct hang *hang__new(const struct hang_options *options, const struct common_options *common,
                       const struct run_directory *directory);
void hang__free(struct hang *hang);

/* One look at them. Returns ns until the next one. */
uint64_t hang__look(struct hang *hang);

/* Has this been told, in full? */
bool hang__has_told(const struct hang *hang, const struct finding *finding);

/* Has the process that wrote this ledger been ended? */
bool hang__has_ended(const struct hang *hang, const char *ledger);

/* Has something been ended? NULL: it never looked. */
bool hang__has_killed(const struct hang *hang);

#endif
