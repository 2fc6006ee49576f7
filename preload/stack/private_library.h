/* A shared library of our own: mapped beside the program, known to nobody else. */
#ifndef LW_PRIVATE_LIBRARY_H
#define LW_PRIVATE_LIBRARY_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#include "symbol/symbol.h"

#pragma GCC visibility push(hidden)

struct lw_library {
    uint64_t base, size; /* where it is mapped */
    struct lw_exports exports;
    uint64_t thread_image, thread_length, thread_size; /* what it wants for each thread */
};

/* Who gives the library a function that it does not have itself; NULL: nobody. */
typedef void *lw_provider(const char *name);

/* Maps the file and binds all that it refers to; its constructors are not run. 0, or a negative errno: -EMFILE, -ENFILE
 * and -ENOMEM may be otherwise later, others will not; -ENOENT: there is no such file that could be one of this machine's. */
int lw_library_map(struct lw_library *library, const char *path, lw_provider *provide);
void lw_library_unmap(struct lw_library *library);
/* A function or variable of the library's; NULL: it has none of this name. */
void *lw_library_symbol(const struct lw_library *library, const char *name);

#pragma GCC visibility pop

#endif
