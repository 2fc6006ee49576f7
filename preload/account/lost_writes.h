/* Writes that a program believes in and that never arrived. */
#ifndef LW_LOST_WRITES_H
#define LW_LOST_WRITES_H

#include <stdio.h>

#include "call.h"

#pragma GCC visibility push(hidden)

/* A stream that had an error was closed, or reopened, with this result. */
void lw_lost_write(struct lw_call *call, int result, uint32_t site);
/* A write to a stream, or its flush, has failed. */
void lw_failed_write(struct lw_call *call, const FILE *stream);
/* The program has been told that this stream has an error. */
void lw_error_looked_at(const FILE *stream);
/* At a normal end, after everything of the program's: writes what is still in its streams, and sees whether it arrives.
 * True: something was lost. */
bool lw_flush_at_exit(int status);

#pragma GCC visibility pop

#endif
