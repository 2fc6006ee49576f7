/* The table of sites as text. */
#ifndef SITE_TABLE_H
#define SITE_TABLE_H

#include "format.h"
#include "reports/text/page.h"

/* The first `count` sites. */
void site_table__put(const struct page *page, const struct trend *trend, const struct trend_options *options,
                     size_t count);

/* "take_connection server.c:41 (accept4)" in at most so many columns, allocated: the place goes before the rest. */
char *site_table__label(const struct trend_site *site, const struct report_options *options, size_t columns);

#endif
