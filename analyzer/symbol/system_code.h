/* Which code is the user's own, and which is the C library's, the compiler's or leakwatch's. */
#ifndef SYSTEM_CODE_H
#define SYSTEM_CODE_H

#include "symbols.h"

/* A module by its path: CODE_LEAKWATCH for libleakwatch.so, CODE_ENTRY for the C library and the loader, CODE_LIBRARY
 * for the C++ and compiler libraries and the vDSO, CODE_INTERPRETER for CPython and the extensions that are its own, or
 * else CODE_USER. */
enum code_origin system_code__of_module(const char *module);

/* A frame, all but its origin filled in. In a user's module: CODE_ENTRY for how the C library gets to main or to a
 * thread's function, CODE_LIBRARY for functions of languages' own libraries and of system headers. */
enum code_origin system_code__of_frame(const struct frame *frame, enum code_origin module);

#endif
