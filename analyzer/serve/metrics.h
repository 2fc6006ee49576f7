/* What is measured, as metrics. Of so many processes and sites at most, the worst first: how many are left out is a metric,
 * too. */
#ifndef METRICS_H
#define METRICS_H

#include "exposition.h"
#include "live/figures.h"

struct metrics_options {
    size_t processes, sites; /* at most */
};

/* How the look went from which these figures are. */
struct metrics_look {
    size_t ended, unread; /* ledgers */
    bool is_good;         /* the directory could be read */
    double seconds;       /* that it took */
};

void metrics__print(const struct exposition *exposition, const struct figures *figures, const struct metrics_look *look,
                    const struct metrics_options *options);

#endif
