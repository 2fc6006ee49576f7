/* The frames of the Python program that a CPython runs in this process, read where they stand. No lock, no call that could
 * wait, nothing of the interpreter is changed. */
#ifndef LW_PYTHON_H
#define LW_PYTHON_H

#include "compare.h"
#include "find.h"
#include "frames.h"
#include "lines.h"

#endif
