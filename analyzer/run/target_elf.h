/* Can an ELF executable be watched? */
#ifndef TARGET_ELF_H
#define TARGET_ELF_H

#include "target.h"

/* reason: one line, allocated; NULL where there is nothing to say. */
enum target_state target_elf__check(const char *path, int fd, char **reason);

#endif
