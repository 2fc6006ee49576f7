/* Images of processes that were met. Whose ledger it is stands in its header: wherever the file lies, however many names it has,
 * and be it in a merged one. */
#ifndef LEDGER_IMAGES_H
#define LEDGER_IMAGES_H

#include <stddef.h>

#include "leakwatch/ledger.h"

struct images;

struct images *images__new(void);
void images__free(struct images *images);

/* The place for a number that is kept of this image: 0 where it was not met before. It holds until the next one is met. */
size_t *images__number(struct images *images, const struct lw_header *header);

#endif
