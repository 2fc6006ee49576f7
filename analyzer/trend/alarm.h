/* Will a table be full too soon? */
#ifndef ALARM_H
#define ALARM_H

struct trend;

/* Which process may be full within so many seconds, and when, in one line, allocated; NULL: none may. By the earliest time
 * of its range: an alarm that rings when it is most likely rings too late in half of all cases. */
char *trend_alarm__why(const struct trend *trend, double within);

#endif
