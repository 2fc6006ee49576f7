/* What leakwatch knows about the running thread: 208 bytes of initial-exec TLS, all zero in a new thread. */
#ifndef LW_THREAD_H
#define LW_THREAD_H

#define LW_THREAD_VFORKED 37 /* where `vforked` stands, for vfork.S */
#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leakwatch/ledger.h"

struct lw_board;
struct lw_mark;
struct lw_memory;
struct lw_place;
struct lw_scopes;
struct lw_span;

/* How a thread was started: see account/thread_starts.c. */
struct lw_start {
    void *(*routine)(void *);
    void *argument;
    uint32_t users; /* its creator and itself */
    uint32_t ended, detached;
    /* If it is created detached: who creates it (0: it is not), where it begins, KiB of its stack. */
    uint32_t site, creator, begins, stack;
    uint64_t created;
    char name[LW_THREAD_NAME]; /* that it began with, which is its creator's; at its end its own, if it has one */
};

/* Of the locks that this thread looks at how long they are waited for, and held. */
struct lw_looks {
    uint64_t waited;       /* ticks, which are not written down yet … */
    uint32_t waited_for;   /* … in the struct lw_locking of that number; 0: nothing */
    uint32_t site;         /* whose hold was looked at last; 0: none yet */
    uint32_t held;         /* number of its struct lw_locking; 0: there is no room for it */
    uint32_t longest_hold; /* there, in 2^LW_WAIT_SHIFT ticks; or a longer one is */
};

struct lw_thread {
    struct lw_mark *inside;   /* of who is at work on `innermost` and `scopes`: nobody else may be; see marks.h */
    struct lw_lane *lane;     /* counters in the ledger, of this thread alone (or the shared lane) */
    struct lw_memory *memory; /* remembered stacks; NULL: none */
    uint32_t era;             /* lw_era when lane and memory were taken: another era, another ledger */
    uint32_t id;              /* kernel id; 0: not asked yet */
    uint32_t scope;           /* innermost scope; 0: the process */
    union {
        struct {
            uint8_t busy;    /* leakwatch itself is at work: hooks forward */
            uint8_t vforked; /* vfork or clone(CLONE_VM) was called: compare the pid before the next record */
            uint8_t sourced; /* the next acquisition was asked for by lines of an interpreted program */
            uint8_t nothing; /* 0 */
        };
        uint32_t is_special; /* any of these */
    };
    struct lw_span *innermost; /* the innermost scope that is open, or the thread's own; NULL: the process */
    struct lw_scopes *scopes;  /* what the thread keeps for its scopes; NULL: it can have none */
    uint64_t last_time;        /* of its last acquisition: the next one's is later, also within a tick of the clock */
    uint64_t sweep_place;      /* return address of the last of the closes that go on number by number; see misuses.c */
    uint64_t sweep_stack;      /* stack pointer of their caller */
    int32_t sweep_last;        /* the last number */
    int8_t sweep_step;         /* 1 or -1: up or down */
    uint8_t sweep_length;      /* how many in a row, up to four … */
    uint8_t sweep_empty;       /* … how many of them of nothing … */
    uint8_t sweep_noted;       /* … and how many of them were noted, in: */
    uint32_t sweep_rows[4];
    uint16_t failed_error;   /* of the last acquisition that failed: errno (0: none), */
    uint16_t failed_hook;    /* what was called, */
    uint32_t failed_stack;   /* its stack (0: not known) … */
    uint64_t failed_place;   /* … and return address */
    uint64_t asked_place;    /* return address of the last call on what is closed; see uses.c */
    uint64_t asked_stack;    /* stack pointer of its caller */
    int32_t asked_number;    /* the number, */
    uint16_t asked_length;   /* how many in a row went on number by number, */
    uint16_t asked_new;      /* and how many of them were never open */
    const void *jumped;      /* frame of a longjmp that may have left blocks which are scopes; NULL: none */
    uint8_t aside;           /* at work on a stack of our own, with all signals blocked: see aside.c */
    uint8_t letting_in;      /* how many slow steps are at their end, one in a handler that the other let in */
    uint8_t coming;          /* so many descriptors are about to be recorded, … */
    int32_t coming_first;    /* … from this number on */
    uint64_t let_in_from;    /* frame of the first of them */
    struct lw_board *board;  /* what it says of its locks; NULL: nothing yet */
    struct lw_place *places; /* where it called for them; NULL: none yet */
    uint32_t place_turn;     /* lw_turn() when they were learnt; 0: none is, or another one each time */
    uint32_t walks;          /* how many of them were walked */
    struct lw_start *start;  /* how it was started, to be given back at its end; NULL: not through us, or it is */
    uint8_t boardless;       /* there was no room for a board */
    struct lw_looks looks;
};

extern __thread struct lw_thread lw_thread __attribute__((tls_model("initial-exec"), visibility("hidden")));

uint32_t lw_thread_id(struct lw_thread *thread);

_Static_assert(offsetof(struct lw_thread, vforked) == LW_THREAD_VFORKED, "vfork.S must know where it stands");
#endif

#endif
