/* Runs a command as if it had been started directly, and waits for it and for the processes that it leaves behind. */
#ifndef LAUNCH_H
#define LAUNCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct launch {
    char *const *argv;              /* ends with NULL */
    void (*prepare)(void *context); /* called in the child, before exec */
    void *context;
    double grace;                    /* seconds to wait for processes that outlive the command */
    void (*wait)(void);              /* called before that, where there are some */
    uint64_t (*look)(void *context); /* called now and then while any of them runs: ns until the next time; NULL: not */
};

struct outcome {
    pid_t pid;
    int error; /* errno of an exec that failed; 0: it ran */
    bool by_signal;
    int status;       /* exit status, or the signal */
    uint64_t end;     /* CLOCK_MONOTONIC, ns */
    bool others_left; /* processes that it started still ran when the grace was over */
};

/* 0, or -1 with errno where not even a child could be made. */
int launch__run(const struct launch *launch, struct outcome *outcome);

#endif
