/* Can an ELF executable be watched? */
#ifndef TARGET_ELF_H
#define TARGET_ELF_H

enum target_state {
    TARGET_WATCHABLE,
    TARGET_UNWATCHABLE,    /* it runs, but nothing of it will be seen */
    TARGET_INCOMPATIBLE,   /* it runs, unless libleakwatch.so is preloaded */
    TARGET_NOT_EXECUTABLE, /* 126 */
    TARGET_NOT_FOUND       /* 127 */
};

/* reason: one line, allocated; NULL where there is nothing to say. */
enum target_state target_elf__check(const char *path, int fd, char **reason);

#endif
