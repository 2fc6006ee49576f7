/* Where siblings were given back, by what a reader sees: the call and the user's line. */
#ifndef CONTRASTS_H
#define CONTRASTS_H

#include "model/finding.h"
#include "siblings.h"

struct stacks;

/* Where what these stacks acquired was released, most first: how many places. The caller frees them. */
size_t contrasts__of(const uint32_t *families, size_t count, struct stacks *stacks, const struct siblings *siblings,
                     struct item **contrasts);

#endif
