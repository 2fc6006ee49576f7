/* Findings about releases that went wrong, as text. */
#ifndef TEXT_WRONG_H
#define TEXT_WRONG_H

#include "page.h"

/* Is it for these to tell, and not for what tells of leaks? */
bool text_wrong__tells(const struct finding *finding);

/* How many failures the program looked at, and what the audit saw; each its line, or nothing. */
void text_wrong__sums(const struct page *page);

#endif
