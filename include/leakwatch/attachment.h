/* What passes between `leakwatch attach` and the library that it loads into a process that runs: by the names of two
 * functions and of one piece of data, which the command finds in the library's file. */
#ifndef LEAKWATCH_ATTACHMENT_H
#define LEAKWATCH_ATTACHMENT_H

#include <stdint.h>

#define LEAKWATCH_ATTACHMENT_VERSION 3u
#define LEAKWATCH_ATTACHMENT_OPTIONS 8192
#define LEAKWATCH_ATTACHMENT_PATH (4096 + 256)

/* void leakwatch_attach(struct leakwatch_attachment *) and void leakwatch_detach(struct leakwatch_attachment *), to be
 * called by a thread of its own: they wait for the loader's lock, and a second for what other threads were about to do. */
#define LEAKWATCH_ATTACH "leakwatch_attach"
#define LEAKWATCH_DETACH "leakwatch_detach"
/* struct leakwatch_attached leakwatch_attached */
#define LEAKWATCH_ATTACHED "leakwatch_attached"

enum leakwatch_attached_state {
    LEAKWATCH_NOT_ATTACHED = 0, /* it was not asked yet */
    LEAKWATCH_CHANGING,         /* one of the two functions is at work */
    LEAKWATCH_WATCHING,
    LEAKWATCH_DETACHED
};

struct leakwatch_attached {
    uint32_t version; /* LEAKWATCH_ATTACHMENT_VERSION of the library; 0: it was loaded with the program */
    uint32_t state;   /* enum leakwatch_attached_state */
    uint64_t block;   /* what the command keeps in the process for its next thread; the command's own */
    uint32_t
        changer; /* the process that was changed last: a child that was forked meanwhile inherits that state, but nobody
                         is at work in it */
    uint32_t unused;
};

/* RLIMIT_NOFILE of a process whose table is full: raised by the command until the library has opened what it needs. */
struct leakwatch_loan {
    uint64_t soft, hard;           /* the process's own */
    uint64_t lent_soft, lent_hard; /* as raised; 0: nothing was */
};

enum leakwatch_attachment_result {
    LEAKWATCH_ATTACH_UNFINISHED = 0,
    LEAKWATCH_ATTACH_DONE,
    LEAKWATCH_ATTACH_WRONG_STATE, /* not what leakwatch_attached.state allows */
    LEAKWATCH_ATTACH_NOT_LATE,    /* the library came with the program */
    LEAKWATCH_ATTACH_FORBIDDEN,   /* system calls are filtered or, by strict=1, not to be made */
    LEAKWATCH_ATTACH_NO_LEDGER,   /* none could be made */
    LEAKWATCH_ATTACH_NO_MEMORY,   /* for the lists that a sweep needs, or /proc/self/maps cannot be read */
    LEAKWATCH_ATTACH_MACHINE      /* not on this processor */
};

struct leakwatch_attachment {
    uint32_t result;  /* enum leakwatch_attachment_result; written last */
    uint32_t changed; /* places in modules that lead to another function now */
    uint32_t left;    /* places that had to be left: they lead to another library's, or nobody can tell yet where */
    uint32_t modules; /* that were looked at */
    uint64_t block;   /* to be kept in leakwatch_attached */
    uint64_t sweep;   /* ns that the first sweep took */
    struct leakwatch_loan loan;
    char ledger[LEAKWATCH_ATTACHMENT_PATH];
    char options[LEAKWATCH_ATTACHMENT_OPTIONS]; /* as LEAKWATCH_OPTIONS, which is not looked at */
};

#endif
