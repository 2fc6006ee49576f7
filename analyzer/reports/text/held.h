/* What was held to the end, in one block: a line each. */
#ifndef TEXT_HELD_H
#define TEXT_HELD_H

#include "page.h"

/* Is this finding told there, and not by itself? With --full all are told at length. */
bool text_held__tells(const struct page *page, const struct finding *finding);

/* So many lines at most; nothing where there is none. How many findings were left out. */
size_t text_held__block(const struct page *page, size_t most);

#endif
