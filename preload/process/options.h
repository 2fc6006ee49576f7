/* LEAKWATCH_OPTIONS: key=value settings, separated by colons, as the sanitizers take them. */
#ifndef LW_OPTIONS_H
#define LW_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define LW_OPTIONS_VARIABLE "LEAKWATCH_OPTIONS"
#define LW_LINK_VARIABLE "LEAKWATCH_LINK" /* set for a program being executed: the ledger before it */

#define LW_PATH_ROOM (4096 + 256) /* a ledger's path: directory and name */

enum lw_perfmap { LW_PERFMAP_OFF, LW_PERFMAP_ON, LW_PERFMAP_FOUND /* where there is one: see stack/generated.c */ };
enum lw_locks { LW_LOCKS_OFF, LW_LOCKS_ON, LW_LOCKS_FULL /* a stack each time */ };

struct lw_options {
    uint32_t keep_all;        /* keep=all */
    uint32_t quiet;           /* quiet=1 */
    uint32_t strict;          /* strict=1 */
    uint32_t check;           /* check=N: unwind every N-th remembered stack again and compare */
    uint32_t depth;           /* depth=N: frames per stack */
    uint32_t size;            /* size=N: MiB that a ledger may grow to */
    uint32_t unwind;          /* unwind=0: one return address per stack */
    uint32_t lost_write_exit; /* lost_write_exit=N: exit status instead of 0 where a write was lost */
    char inject[1024];        /* inject=: failures on purpose; see inject/inject.c */
    char scopes[512];         /* scopes=: patterns of functions, separated by commas */
    uint32_t order;           /* order=1: note what is released out of order */
    uint32_t reuse_late;      /* reuse=late: hand out closed numbers as late as possible */
    char workers[64];         /* workers=: below directory, for processes that may not write there */
    uint32_t locks;           /* locks=0|1|full: enum lw_locks */
    uint32_t objects;         /* objects=1: locks that are initialised are to be destroyed */
    uint32_t filters;         /* filters=N: under N seccomp filters all our calls are allowed; see filter.c */
    uint32_t above;           /* above=N: tells the directory that dir lies in, as `run` saw it; see begin.c */
    uint32_t perfmap;         /* perfmap=0|1: enum lw_perfmap */
    uint32_t passing;         /* passing=1: whoever set this removes dir with all that is in it */
    uint32_t roll;            /* roll=1: dir has a roll, see wake/roll.c */
    char directory[4096];     /* dir=; "" = the working directory at the start. Last: a short one takes no page more */
};

/* Reads the text (NULL: nothing set) over the defaults, into what is zero so far (to wipe it would touch all of its
 * pages). Unknown keys and bad values are named on stderr and ignored. */
void lw_options_read(struct lw_options *options, const char *text);

#endif
