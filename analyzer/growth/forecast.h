/* When the table of descriptors will be full. */
#ifndef GROWTH_FORECAST_H
#define GROWTH_FORECAST_H

#include "growth.h"

/* What fills up: a table of a process. */
struct forecast_table {
    enum lw_class class_;             /* LW_CLASS_FD: all that takes descriptors */
    uint64_t limit, held;             /* how many there may be, and are; limit 0: there is none */
    const struct lw_samples *samples; /* how many were held at moments of the process's life; NULL: not known */
};
struct growth_forecast forecast__of(const struct growth *growth, const struct forecast_table *table);

#endif
