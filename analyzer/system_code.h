/* Which code is the user's own, and which is the C library's, the compiler's or leakwatch's. */
#ifndef SYSTEM_CODE_H
#define SYSTEM_CODE_H

#include <stdbool.h>

#include "symbols.h"

bool system_code__is_leakwatch(const char *module); /* libleakwatch.so */
bool system_code__is_module(const char *module);    /* the C and C++ libraries, the loader, the vDSO, leakwatch */
bool system_code__is_entry(const struct frame *frame); /* how the C library gets to main or to a thread's function */

#endif
