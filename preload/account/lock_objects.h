/* Lock objects, where they are asked for (objects=1): from their initialisation to their destruction. */
#ifndef LW_LOCK_OBJECTS_H
#define LW_LOCK_OBJECTS_H

#include "lock_misuses.h"

#pragma GCC visibility push(hidden)

/* The call has made the object, of this name, or NULL. */
void lw_object_made(const struct lw_lock_call *call, const char *name);
/* The call has destroyed it. One that was not made by a call is none of ours. */
void lw_object_gone(const struct lw_lock_call *call);

#pragma GCC visibility pop

#endif
