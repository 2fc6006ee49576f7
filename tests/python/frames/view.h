/* This process's own ledger, looked at while it is written. */
#ifndef LW_TEST_VIEW_H
#define LW_TEST_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "leakwatch/ledger.h"

struct view {
    char path[4096];
    const uint8_t *base; /* NULL: there is none */
    size_t size;
};

/* Looks at the ledger of this path, if it is another one than before. False: it cannot be read. */
bool view_open(struct view *view, const char *path);
/* The slot of a descriptor; NULL: it has none. */
const struct lw_slot *view_slot(const struct view *view, int fd);
/* The stack of what a site acquired. */
uint32_t view_stack_of_site(const struct view *view, uint32_t site);
/* Did a frame find no room? */
bool view_is_full(const struct view *view);
const struct lw_frame *view_frame(const struct view *view, uint32_t number);
/* "LINE\nFUNCTION\nFILE" of a line's number. False: there was no room for it. */
bool view_line(const struct view *view, uint32_t number, char *text, size_t room);

#endif
