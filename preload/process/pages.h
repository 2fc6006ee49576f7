/* Memory of our own: pages, and blocks of one page that go from thread to thread. */
#ifndef LW_PAGES_H
#define LW_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include "system/system.h"

#pragma GCC visibility push(hidden)

#define LW_BLOCK LW_PAGE

/* Zeroed; NULL: no memory, or no system calls now. */
void *lw_pages(size_t bytes);
/* Blocks of LW_BLOCK bytes that anybody may take, as somebody left them, or leave; NULL: there is none. */
void *lw_block_take(uint64_t *pile);
void lw_block_give(uint64_t *pile, void *block);

#pragma GCC visibility pop

#endif
