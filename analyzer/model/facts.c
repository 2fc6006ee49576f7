/* The facts that findings carry. */
#include "facts.h"

static const struct fact_kind kinds[FACTS] = {
#define STACK(id, name_, shown_, title_, here_, label_)                                                                \
    [FACT_##id] = {.name = name_, .shown = SHOWN_##shown_, .title = title_, .here = here_, .label = label_},
#include "facts.def"
#undef STACK
};

const struct fact_kind *facts__kind(enum fact_id id)
{
    return &kinds[id];
}
