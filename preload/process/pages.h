/* Memory of our own: pages, and blocks of one page that go from thread to thread. */
#ifndef LW_PAGES_H
#define LW_PAGES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "system/system.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#pragma GCC visibility push(hidden)

#define LW_BLOCK LW_PAGE
/* What is not larger than that is brought in as it is mapped, which costs a thirtieth of what its faults would. */
#define LW_POPULATED LW_PAGE

/* Zeroed; NULL: no memory, or no system calls now. */
void *lw_pages(size_t bytes);
/* One map serves for several things, which most processes take one after the other: what who has mapped it leaves, and what
 * others take of it. NULL: there is none, or less. */
void lw_pages_leave(void *at, size_t bytes);
void *lw_pages_left(size_t bytes);
/* Brings in what is about to be touched of a larger piece, by one call that may be refused. */
void lw_populate(void *at, size_t bytes);
/* Blocks of LW_BLOCK bytes that anybody may take, as somebody left them, or leave; NULL: there is none. */
void *lw_block_take(uint64_t *pile);
void lw_block_give(uint64_t *pile, void *block);

#pragma GCC visibility pop

#endif
