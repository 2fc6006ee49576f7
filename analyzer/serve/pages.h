/* What is answered to whom: each path has a row. */
#ifndef PAGES_H
#define PAGES_H

#include "watchtower.h"

struct page_answer {
    unsigned status; /* of HTTP */
    const char *type;
    const char *refresh; /* seconds after which a browser asks again; NULL: never */
    char *body;          /* the caller frees it */
    size_t length;
};

/* accept: the header of this name; NULL: there is none. */
struct page_answer pages__answer(struct watchtower *watchtower, const char *path, const char *accept);

#endif
