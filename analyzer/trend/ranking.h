/* Which process is worse than another. */
#ifndef RANKING_H
#define RANKING_H

#include "trend.h"

/* < 0: a is worse: its table will be full earlier; or only if what is suspect goes on; or it is fuller now. Behind those that
 * run come those that would have been full, had they not ended; last what is no process of its own. */
int trend_process__compare(const struct trend_process *a, const struct trend_process *b);

/* Is its table full already? */
bool trend_process__is_full(const struct trend_process *process);

/* Does it go into what is said of all together? What has ended does where nothing runs. */
bool trend_process__is_told(const struct trend *trend, const struct trend_process *process);

#endif
