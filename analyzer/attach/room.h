/* Is there room in a process, as far as limits tell, for what is loaded into it? */
#ifndef ATTACH_ROOM_H
#define ATTACH_ROOM_H

#include "target.h"

/* NULL, or why not, in one line, allocated: what attach takes there would be refused to the process itself. */
char *room__refusal(const struct attach_target *target);
/* Is all that it maps locked in memory (mlockall)? */
bool room__is_locked(const struct attach_target *target);

#endif
