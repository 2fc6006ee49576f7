/* Calls of every hooked function that takes an address, with addresses at which there is nothing. */
#ifndef ANY_ADDRESS_H
#define ANY_ADDRESS_H

#include "../program.h"

#include <stdbool.h>
#include <stdint.h>

/* What is mapped at these places, the same in each run: a page that can be read and written, and behind it one that
 * cannot; a page of zeroes that can only be read. */
#define LAST_PAGE ((char *)0x200000000)
#define UNREADABLE (LAST_PAGE + 4096)
#define ONLY_READ ((char *)0x200010000)

/* Descriptors that are open at each call. */
enum { SOME_FILE = 100, SOME_SOCKET, SOME_LISTENER, SOME_PAIR, SOME_TERMINAL };

/* An argument: a number; an address, for which others are tried; or an address that is found at some place then. */
struct argument {
    const void *value;
    enum { NUMBER, ADDRESS, FOUND } how;
};

#define N(number)                                                                                                      \
    {                                                                                                                  \
        (const void *)(intptr_t)(number), NUMBER                                                                       \
    }
#define A(good)                                                                                                        \
    {                                                                                                                  \
        good, ADDRESS                                                                                                  \
    }
#define F(place)                                                                                                       \
    {                                                                                                                  \
        place, FOUND                                                                                                   \
    }
/* An address that is kept: without a time limit, select would wait for ever. */
#define K(good)                                                                                                        \
    {                                                                                                                  \
        good, NUMBER                                                                                                   \
    }
#define ARGUMENTS 7

/* One call; who has none that takes an address says so by a row without arguments. */
struct row {
    int number; /* of the hook, or of the system call */
    struct argument argument[ARGUMENTS];
};

struct table {
    const struct row *rows;
    size_t count;
};

extern const struct table function_rows, number_rows;

/* What rows point to; filled in anew before each call. */
extern char buffer[4096], path[64], name[64];
extern char *words[4], *bad_words[4];
extern void *some_stream, *some_child_stream, *some_memory_stream, *some_mounts, *some_directory, *some_tree;

#endif
