/* What the programs of this directory share: calls that must work, and tables of what is acquired, closed and kept. */
#ifndef PROGRAM_H
#define PROGRAM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The result of a call that must work here; where it did not, the program ends with the name of the call. */
static inline int must(int result, const char *call)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", call, strerror(errno));
        exit(99);
    }
    return result;
}

static inline void *must_have(void *result, const char *call)
{
    if (result == NULL) {
        fprintf(stderr, "%s: %s\n", call, strerror(errno));
        exit(99);
    }
    return result;
}

/* Waits for a child and gives its exit status, or 128 + the signal that ended it. */
static inline int end_of(pid_t child)
{
    int status = 0;
    must(waitpid(child, &status, 0), "waitpid");
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Something to acquire, some of which is closed again and some kept. Acquirers print nothing: the numbers that they got
 * are printed here, because a program under leakwatch must get the same ones. */
struct deed {
    int (*acquire)(void);
    int closed;
    int kept;
};

/* What is closed and what is kept comes from the same call, as it does where an error path forgets. */
static inline void do_deeds(const struct deed *deeds, size_t count)
{
    for (const struct deed *deed = deeds; deed < deeds + count; deed++)
        for (int i = -deed->closed; i < deed->kept; i++) {
            int fd = deed->acquire();
            if (i < 0)
                must(close(fd), "close");
            else
                printf("%d%c", fd, i + 1 < deed->kept ? ' ' : '\n');
        }
}

#endif
