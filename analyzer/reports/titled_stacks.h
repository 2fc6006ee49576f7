/* The stacks of a finding, and what each is, for the formats that show one after the other. */
#ifndef TITLED_STACKS_H
#define TITLED_STACKS_H

#include "model/finding.h"

/* The stacks of a finding that are known, most important first: how many. */
enum { TITLED_STACKS = 8 };
struct titled_stack {
    enum fact_id as; /* whose row says what it is called */
    const struct stack *stack;
};
size_t titled_stacks__of(const struct finding *finding, struct titled_stack stacks[TITLED_STACKS]);

#endif
