/* Runs a command many times, several at once, each with a failure of its own, watched and within a time limit. */
#ifndef SWEEP_TRIALS_H
#define SWEEP_TRIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "run/directory.h"

struct trial {
    char *rule; /* "inject=…", added to LEAKWATCH_OPTIONS; NULL: nothing fails. The trial's owner frees it. */
    struct run_directory directory; /* where its ledgers are, until it has been judged */
    pid_t pid;                      /* 0: has not run */
    bool timed_out, by_signal;
    int status; /* exit status or signal */
    double start, seconds;
};

struct trials {
    struct trial *trials;
    size_t count;
    size_t jobs;       /* at once */
    double time_limit; /* seconds, of each */
    char *const *argv; /* ends with NULL */
    bool shows_output; /* the command's own output is shown, not dropped */
    bool shows_progress;
    /* Called for each as soon as it has ended; what it has started and left behind may still run. */
    void (*ended)(void *context, struct trial *trial);
    void *context;
};

/* 0; a signal's number where one interrupted it, and the trials that had not ended have pid 0; -1 where nothing can be
 * run, which is said in one line. */
int trials__run(struct trials *trials);

#endif
