/* Releases that no line of the program asked for. */
#ifndef LATE_RELEASES_H
#define LATE_RELEASES_H

#include "inquiry.h"
#include "symbol/finaliser.h"

/* How what one stack acquired was given back by another; numbers of stacks. FINALISER_NONE: by the program. */
enum finaliser late_releases__of(const struct inquiry *inquiry, uint32_t acquired, uint32_t released);

/* What a thread left, and nobody but the interpreter gave back later, is told of here. */
bool late_releases__tell_of(const struct inquiry *inquiry, const struct lw_leftover *row);

/* "closed by the garbage collector". */
const char *late_releases__sentence(enum finaliser finaliser);

/* What tells one from others of its function: how it was closed, and which call had acquired it. */
const char *late_releases__variety(const struct inquiry *inquiry, enum finaliser finaliser, const char *call);

#endif
