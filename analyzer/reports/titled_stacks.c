/* The stacks of a finding, and what each is. */
#include "titled_stacks.h"

#include "model/kinds.h"

static bool is_before(const struct titled_stack *a, const struct titled_stack *b, enum fact_id main)
{
    return a->as == main || (b->as != main && a->as < b->as);
}

static size_t add(struct titled_stack *stacks, size_t count, struct titled_stack stack, enum fact_id main)
{
    size_t at = count;
    if (count == TITLED_STACKS || stack.stack == NULL || stack.stack->count == 0)
        return count;
    for (; at > 0 && is_before(&stack, &stacks[at - 1], main); at--)
        stacks[at] = stacks[at - 1];
    stacks[at] = stack;
    return count + 1;
}

/* The main one first. */
size_t titled_stacks__of(const struct finding *finding, struct titled_stack stacks[TITLED_STACKS])
{
    bool by_release = finding->released != NULL && kinds__main_stack(finding) == finding->released;
    enum fact_id main = by_release ? finding->kind->released : finding->acquired_as;
    size_t count = 0;
    count = add(stacks, count, (struct titled_stack){finding->acquired_as, finding->acquired}, main);
    count = add(stacks, count, (struct titled_stack){finding->kind->released, finding->released}, main);
    for (size_t i = 0; i < finding->fact_count; i++)
        if (facts__kind(finding->facts[i].id)->title != NULL)
            count = add(stacks, count, (struct titled_stack){finding->facts[i].id, finding->facts[i].stack}, main);
    return count;
}
