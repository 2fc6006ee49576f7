/* How many different details (paths, peers) were seen, up to a limit. */
#ifndef DETAILS_H
#define DETAILS_H

#include <stddef.h>
#include <stdint.h>

enum { DETAILS_AT_MOST = 1000 };

struct details {
    uint64_t *hashes; /* open-addressed; 0 = empty */
    uint32_t room, count;
};

void details__add(struct details *details, const char *text);
void details__add_all(struct details *details, const struct details *others);
void details__free(struct details *details);

#endif
