/* Can the program that is to be run be watched? Looked at before it is started, because a program that cannot be watched
 * says nothing by itself. */
#ifndef TARGET_H
#define TARGET_H

#include "target_elf.h"

struct target {
    enum target_state state;
    char *path;   /* what would be executed; NULL: not found */
    char *reason; /* one line: what it found and what to do; NULL: nothing to say */
};

/* Looks the command up as execvp would, and looks through scripts to what runs them. */
void target__check(struct target *target, const char *command);
void target__clear(struct target *target);

#endif
