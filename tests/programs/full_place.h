/* A small file system of one's own, which is soon full. It goes with the process. */
#ifndef FULL_PLACE_H
#define FULL_PLACE_H

#include "program.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* Mounted at ./full, with room for so many KiB; where that is not allowed the program ends with 77. The process must not
 * have threads yet. */
static inline void make_full_place(const char *size)
{
    char options[64];
    snprintf(options, sizeof options, "size=%sk", size);
    must(mkdir("full", 0700), "mkdir");
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", "full", "tmpfs", 0, options) != 0) {
        fprintf(stderr, "a file system cannot be mounted here: %s\n", strerror(errno));
        exit(77);
    }
}

#endif
