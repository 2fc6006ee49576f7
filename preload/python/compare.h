/* Is the running thread where it was? */
#ifndef LW_PYTHON_COMPARE_H
#define LW_PYTHON_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

#include "frames.h"

#pragma GCC visibility push(hidden)

/* Are the frames from this one outwards these? is_cut: more may follow. */
bool lw_python_is_at(uint64_t at, const struct lw_python_frame *kept, uint32_t count, bool is_cut);

#pragma GCC visibility pop

#endif
