/* One call of a hooked function, and what is known of what it acquires. */
#ifndef LW_CALL_H
#define LW_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leakwatch/ledger.h"

/* A release under way: between lw_releasing_… and lw_released. */
struct lw_pending {
    struct lw_slot *slot; /* NULL: nothing to finish */
    uint64_t word;        /* the slot's, as RELEASING */
    uint32_t site;
};

struct lw_call {
    const void *frame;           /* of the hook */
    uint32_t hook;               /* enum lw_hook */
    uint64_t handle;             /* what is being released */
    struct lw_slot *gone;        /* it had been released before, as far as is known */
    uint64_t tag;                /* of the owner that releases; 0: none */
    bool standard;               /* it is standard output or error, which nobody acquired */
    bool injected;               /* its failure was asked for */
    bool lost;                   /* the stream being released has an error that nobody was told of */
    struct lw_pending fd, owner; /* a descriptor, and the stream or directory above it */
};

/* What is known of a resource besides its kind. All fields are optional. */
struct lw_detail {
    const char *text;    /* path or name; copied, cut at LW_DETAIL bytes */
    size_t length;       /* 0: text ends with 0 */
    uint32_t open_flags; /* as given */
    uint32_t flags;      /* enum lw_slot_flag to set besides those that follow from the call */
    uint16_t family, type, protocol;
    bool cloexec;     /* closed by exec */
    bool has_partner; /* `partner` is the other end, or what it was made from */
    int partner;
};

#endif
