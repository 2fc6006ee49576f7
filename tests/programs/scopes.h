/* What the programs about scopes share: calls whose answers depend on being watched. */
#ifndef SCOPES_H
#define SCOPES_H

#include "program.h"

#include "leakwatch/leakwatch.h"

/* What a call says must be this where the program is watched, and 0 where it is not; else the program ends here. */
static inline void says(long got, long wanted, const char *what)
{
    long expected = leakwatch_active() ? wanted : 0;
    if (got == expected)
        return;
    fprintf(stderr, "%s is %ld, not %ld\n", what, got, expected);
    _exit(98);
}

static inline int open_null(void)
{
    return must(open("/dev/null", O_RDWR | O_CLOEXEC), "open");
}

static inline int open_work(const char *path)
{
    return must(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open");
}

#endif
