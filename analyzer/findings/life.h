/* When a process lived and how it ended. */
#ifndef LIFE_H
#define LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/read.h"

/* What a launcher saw of the end of a process that it had started. */
struct seen_end {
    uint32_t pid;
    bool by_signal;
    int status;    /* exit status, or the signal */
    uint64_t time; /* CLOCK_MONOTONIC, ns */
};

struct life {
    uint64_t start, end; /* CLOCK_MONOTONIC, ns; end: now, where it still runs; the last sign of life, where unknown */
    bool end_is_known;
    const char *how; /* as in model/finding.h */
    int status;
    bool had_chance; /* it ended in a way that lets it give everything back */
};

/* seen: what the launcher saw of this very process, or NULL. */
struct life life__of(const struct ledger *ledger, const struct seen_end *seen);

#endif
