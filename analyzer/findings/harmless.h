/* Failed releases whose results are ignored for good reasons. */
#ifndef HARMLESS_H
#define HARMLESS_H

#include <stdbool.h>

struct harmless {
    const char *call;
    int error;
    bool is_silent; /* only counted; else it is a note */
};

/* NULL: that call with that error is none. */
const struct harmless *harmless__of(const char *call, int error);

#endif
