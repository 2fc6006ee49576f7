/* A program of tests: its argument names the one that is run. */
#ifndef TESTS_H
#define TESTS_H

#include <stdio.h>
#include <string.h>

#include "shop.h"

struct test {
    const char *name;
    int (*passes)(void);
};

static inline int run_test(const struct test *tests, size_t count, const char *name)
{
    for (size_t i = 0; name != NULL && i < count; i++)
        if (strcmp(tests[i].name, name) == 0)
            return tests[i].passes() ? 0 : 1;
    fputs("no such test\n", stderr);
    return 1;
}

#define RUN_TESTS(tests)                                                                                               \
    int main(int argc, char **argv)                                                                                    \
    {                                                                                                                  \
        return run_test(tests, sizeof(tests) / sizeof((tests)[0]), argc > 1 ? argv[1] : NULL);                         \
    }

#endif
