/* A baseline: the findings that a project knows of and lives with for now, in a file that people review.
 *
 *     # leakwatch baseline, version 2
 *
 *     fd-leak 0123456789abcdef
 *       count  3
 *       program users_test add_one
 *       where  load_user, users.c (open)
 *       reason kept for the life of the cache
 *
 * It is one file for many tests, which may be judged one by one: an entry belongs to the programs (with their arguments)
 * that were seen to have it, and only when all of these ran and none had it is it gone. Version 1 had no programs; such
 * entries are gone whenever they are not seen.
 *
 * Comments stay: those that touch an entry go with it, and the others stand at the head.
 *
 * A finding is known when its fingerprint is there and no process has more of it than `count` and a tolerance. Blocks
 * are sorted by kind, place and fingerprint, and hold nothing that moves when lines move: an update changes what has
 * changed. int results: 0 is success, -1 is failure with one clear line in `error`. */
#ifndef BASELINE_H
#define BASELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/finding.h"

struct baseline;

struct baseline_error {
    char text[512];
};

struct baseline_row {
    const char *kind, *fingerprint, *where, *reason; /* reason NULL: none was given */
    uint64_t count;                                  /* of the worst process */
    char *above, *inside;                            /* comments, as they stand; NULL: none */
    char **programs;                                 /* that have it, in order; "*": many */
    size_t program_count, program_room;
};

int baseline__read(struct baseline **baseline, const char *path, struct baseline_error *error);
void baseline__free(struct baseline *baseline);

/* How many of this finding the baseline allows for; 0: it does not know it. Notes that it was seen. */
uint64_t baseline__allows(struct baseline *baseline, const struct finding *finding);
/* A process that was judged: its program ran. */
void baseline__ran(struct baseline *baseline, const struct process *process);
/* The program as it stands in a baseline: name and arguments, of paths their last names. The caller frees it. */
char *baseline__program(const struct process *process);

/* Rows that no finding was asked for, and all of whose programs ran, in order; NULL behind the last. */
const struct baseline_row *baseline__gone(const struct baseline *baseline, size_t index);

/* Function, file and call, and the scope: what does not move when lines move. The caller frees it. */
char *baseline__where(const struct finding *finding);

/* The findings of the report that are at or above the level, suppressed ones left out, with the reasons of the old
 * baseline (NULL: there is none), and with its entries whose programs did not run. keeps_unseen: and what else the old one
 * has, because not all may have been seen. */
void baseline__write(FILE *out, const struct report *report, enum level least, const struct baseline *old,
                     bool keeps_unseen);

#endif
