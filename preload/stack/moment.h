/* The record of one event while it is made. Who opens and closes it: account/record.c. */
#ifndef LW_MOMENT_H
#define LW_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "marks.h"
#include "trace.h"
#include "thread.h"

struct lw_record {
    struct lw_thread *thread;
    struct lw_trace trace;
    const void *frame;
    uint64_t now;
    uint32_t call;    /* the hook's name in the ledger */
    uint32_t hook;    /* and its number */
    bool owns_scopes; /* this event may touch the spans of its thread */
    struct lw_mark mark;
};

#endif
