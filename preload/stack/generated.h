/* Code made at run time: which of its addresses are told apart. */
#ifndef LW_GENERATED_H
#define LW_GENERATED_H

#include <stdint.h>

#pragma GCC visibility push(hidden)

/* What stands in a stack for a return address that lies in no module: itself, or LW_ADDRESS_GENERATED. */
uint64_t lw_generated_address(uint64_t address);

#pragma GCC visibility pop

#endif
