/* What locks cost, as text. */
#ifndef TEXT_LOCKS_H
#define TEXT_LOCKS_H

#include "page.h"

void text_locks__table(const struct page *page);   /* place by place, if that was asked for */
void text_locks__longest(const struct page *page); /* the longest hold, in one line, if it is worth telling */

#endif
