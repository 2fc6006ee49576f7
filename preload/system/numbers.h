/* System calls that the headers of the oldest supported system do not have; their numbers are the same on every machine. */
#ifndef LW_NUMBERS_H
#define LW_NUMBERS_H

enum {
    LW_SYS_OPEN_TREE = 428,
    LW_SYS_FSOPEN = 430,
    LW_SYS_FSMOUNT = 432,
    LW_SYS_FSPICK = 433,
    LW_SYS_PIDFD_OPEN = 434,
    LW_SYS_CLONE3 = 435,
    LW_SYS_CLOSE_RANGE = 436,
    LW_SYS_OPENAT2 = 437,
    LW_SYS_PIDFD_GETFD = 438,
    LW_SYS_LANDLOCK_CREATE_RULESET = 444,
    LW_SYS_MEMFD_SECRET = 447,
    LW_SYS_OPEN_TREE_ATTR = 467
};

#endif
