/* The threads that acquired what is one finding: how many, and where they were started. */
#ifndef CREW_H
#define CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CREW_AT_MOST = 1000 }; /* more are not told apart */

/* A thread that was seen, with as many resources. */
struct crew_member {
    uint32_t process, thread; /* its number in the report; kernel id */
    bool is_main;
    uint32_t started; /* number of the stack that started it; 0: not known */
    const char *name; /* in the pool; NULL: it has none */
    uint64_t count;
};

struct crew {
    uint64_t *threads; /* process and thread, in order */
    size_t count, room;
    uint64_t seen;           /* resources whose thread is known */
    const char *name;        /* of the first one */
    uint32_t started;        /* by all that are known; 0: by none */
    bool has_main, is_apart; /* is_apart: they were started at different places, or it is not known of all */
};

void crew__add(struct crew *crew, const struct crew_member *member);
void crew__add_all(struct crew *crew, const struct crew *others);
void crew__free(struct crew *crew);

#endif
