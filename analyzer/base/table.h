/* uthash, with the analyzer's way of running out of memory. Its macros convert freely, which the compiler's
 * -Wconversion and -Wshadow would blame on us. */
#ifndef TABLE_H
#define TABLE_H

#include "heap.h"

#define uthash_fatal(message) heap__ran_out()
#pragma GCC system_header
#include <uthash.h>

#endif
