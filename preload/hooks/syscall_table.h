/* What syscall(2) does to descriptors, by number. */
#ifndef LW_SYSCALL_TABLE_H
#define LW_SYSCALL_TABLE_H

#include <stdint.h>

enum lw_effect {
    LW_NOTHING,
    LW_OPENS,         /* the result is a new descriptor */
    LW_OPENS_AS_SAID, /* the same, flags standing in a structure (openat2) */
    LW_OPENS_SOCKET,
    LW_ACCEPTS,
    LW_SIGNALS,      /* signalfd: new only without an old one */
    LW_COMMANDS_BPF, /* some commands make a descriptor */
    LW_PAIRS,
    LW_DUPLICATES,
    LW_DUPLICATES_OVER,
    LW_CLOSES,
    LW_CLOSES_RANGE,
    LW_CONTROLS, /* fcntl */
    LW_REQUESTS, /* ioctl */
    LW_RECEIVES,
    LW_RECEIVES_MANY,
    LW_WAITS,
    LW_WAITS_FOR_ID,
    LW_FORKS,
    LW_EXECUTES,
    LW_ENDS,
    LW_GIVES_UP_CALLS, /* seccomp */
    LW_SETS_LIMIT      /* prlimit64, setrlimit */
};

#define LW_ALWAYS 0xffffffffu /* close-on-exec without being asked */

struct lw_syscall_row {
    uint8_t effect, kind;
    uint8_t text, flags; /* which argument, counted from 1; 0: none */
    uint32_t cloexec;    /* the bit of flags that asks for close-on-exec */
};

/* The row of a number; one of LW_NOTHING for those that are not in the table. */
const struct lw_syscall_row *lw_syscall_row(long number);

#endif
