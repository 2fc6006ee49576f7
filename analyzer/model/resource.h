/* The words for what findings are about: resources and errors. */
#ifndef RESOURCE_H
#define RESOURCE_H

#include <stdint.h>

/* "socket", "sockets" for enum lw_kind. */
const char *resource__type(uint32_t resource_kind);
const char *resource__noun(uint32_t resource_kind, uint64_t count);

/* "ECONNREFUSED"; NULL where there is no name. */
const char *errno_name(int error);

#endif
