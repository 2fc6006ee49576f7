/* Symbols to readable names: C++ and Rust by libiberty; and names to what they have in common over builds. */
#ifndef LEAKWATCH_DEMANGLE_H
#define LEAKWATCH_DEMANGLE_H

#include "base/pool.h"

/* "conn::open" for "_ZN4conn4openEv", without parameters and without Rust's hash; the symbol itself where it is not
 * mangled. What the compiler appended to a copy of a function (.isra.0, .cold) is gone. */
const char *demangle__function(struct pool *pool, const char *symbol);

#endif
