/* The children of a process. */
#ifndef ATTACH_CHILDREN_H
#define ATTACH_CHILDREN_H

#include <stddef.h>
#include <stdint.h>

/* Those of all of its threads that run, and have not loaded the library: an array, to be freed, and how many. Who asks is
 * none, nor is who lies between. */
uint32_t *children__unwatched(uint32_t pid, size_t *count);

#endif
