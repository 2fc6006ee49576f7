/* Can the program that is to be run be watched? Looked at before it is started, because a program that cannot be watched
 * says nothing by itself. */
#ifndef TARGET_H
#define TARGET_H

enum target_state {
    TARGET_WATCHABLE,
    TARGET_UNWATCHABLE,    /* it runs, but nothing of it will be seen */
    TARGET_INCOMPATIBLE,   /* it runs, unless libleakwatch.so is preloaded */
    TARGET_NOT_EXECUTABLE, /* 126 */
    TARGET_NOT_FOUND       /* 127 */
};

struct target {
    enum target_state state;
    char *path;   /* what would be executed; NULL: not found */
    char *reason; /* one line: what it found and what to do; NULL: nothing to say */
};

/* Looks the command up as execvp would, and looks through scripts to what runs them. */
void target__check(struct target *target, const char *command);
void target__clear(struct target *target);

#endif
