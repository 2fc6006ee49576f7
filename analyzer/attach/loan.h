/* Numbers for the descriptors that the library needs in a process that has run out of them.
 *
 * DESIGN. Where too few are free below the soft limit, that is raised, and with it the hard one, where that is allowed and
 * needed. The library is told what the limit was: its ledger says that, and it puts it back itself once it has opened what it
 * needs, in case that nobody is there any more to do so. Ends this command before the library is loaded, the process keeps a
 * limit that is higher by LOAN. */
#ifndef ATTACH_LOAN_H
#define ATTACH_LOAN_H

#include "leakwatch/attachment.h"
#include "target.h"

/* NULL: there is room, by now at least; else why there can be none, in one line, allocated, and nothing was changed. */
char *loan__make(struct leakwatch_loan *loan, const struct attach_target *target);
void loan__take_back(const struct leakwatch_loan *loan, const struct attach_target *target);

#endif
