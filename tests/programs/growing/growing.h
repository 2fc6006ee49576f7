/* What the parts of growing_server share. */
#ifndef GROWING_H
#define GROWING_H

#include "../program.h"

#include <stdbool.h>
#include <stdint.h>

/* What a server does with what it takes. */
struct mode {
    const char *name;
    double requests, sessions; /* in a second, on average; a session is a client that stays, as long as it likes */
    double heavy;              /* share of the requests that need the database, or a file, and take longer */
    bool forgets;              /* one connection of 50 */
    bool pools;  /* connections to a database: as many as there were heavy requests at a time, up to a most, and kept */
    bool caches; /* open files: up to a most, then the one goes that was asked for least lately */
};

struct listeners {
    int requests, sessions, database; /* of the last only the address matters: connections wait in its queue */
};

struct request {
    uint32_t is_heavy, file;
};

/* How many connections the server has ended: both processes see it. */
struct progress {
    _Atomic uint64_t ended;
};
extern struct progress *progress;

/* ---- load.c ---- */

/* Sends requests and makes sessions, for so long, then ends the process. */
_Noreturn void make_load(const struct mode *mode, const struct listeners *listeners, double seconds, unsigned seed);

/* A number from 0 to 1, and one that is small mostly, with this mean. */
double random_share(void);
double random_span(double mean);
double now(void); /* seconds, CLOCK_MONOTONIC */

/* ---- resources.c ---- */

/* What is to be done where no descriptor is left: says when, and ends the process. */
_Noreturn void no_descriptor_left(const char *what);

int borrow_connection(int database); /* from the pool; -1: all are in use, and there may be no more */
void return_connection(int fd);
void look_up_file(uint32_t file);

#endif
