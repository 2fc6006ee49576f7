/* A command that is run watched: what run and gate have in common. */
#ifndef WATCH_H
#define WATCH_H

#include <argp.h>

#include "hang.h"
#include "ledger_reading.h"
#include "reporting.h"
#include "run/directory.h"
#include "run/launch.h"
#include "run/target.h"

struct watch_options {
    const char *keep;      /* directory for ledgers; NULL: a private one that is removed */
    const char *keep_each; /* the same for many commands, each with a directory below; NULL: not wanted */
    double grace;          /* seconds for processes that outlive the command */
    struct hang_options hang;
    char **command; /* ends with NULL */
};

/* --keep-ledgers, --grace, --hang-after; its input is a struct watch_options. */
extern const struct argp watch_argp;

enum {
    WATCH_NOT_EXECUTABLE = 126,
    WATCH_NOT_FOUND = 127,
    WATCH_BY_SIGNAL = 128,
    WATCH_FAILED = -1,
    WATCH_USAGE = -2,
    WATCH_NOT_WRITABLE = -3
};

struct watch {
    const struct watch_options *options;
    struct target target;
    struct run_directory directory;
    struct outcome outcome;
    uint64_t began; /* CLOCK_MONOTONIC, ns */
    bool may_preload;
    char *baseline;    /* absolute; NULL: none, or not there yet */
    struct hang *hang; /* NULL: nobody looks whether it hangs */
};

/* Runs it. 0; or WATCH_NOT_EXECUTABLE, WATCH_NOT_FOUND, WATCH_USAGE where settings are mistyped, WATCH_NOT_WRITABLE where a
 * report cannot be written, or WATCH_FAILED for a failure of leakwatch's own, which is said in one line. */
int watch__run(struct watch *watch, const struct common_options *common, struct reporting *reporting);
/* Adds the ledgers that it left, and says what was not watched; `reading` tells how many were read and were not. */
void watch__add(const struct watch *watch, struct reporting *reporting, struct ledger_reading *reading);
/* The command's exit status, as a shell gives it. */
int watch__status(const struct watch *watch);
void watch__clear(struct watch *watch);

#endif
