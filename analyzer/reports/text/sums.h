/* How many failures the program looked at, and what the audit saw, as text. */
#ifndef TEXT_SUMS_H
#define TEXT_SUMS_H

#include "page.h"

/* Each its line, or nothing. */
void text_sums__put(const struct page *page);

#endif
