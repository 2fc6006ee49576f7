/* The facts that findings carry, and what people are told of each. */
#ifndef FACTS_H
#define FACTS_H

enum fact_id {
    FACT_NONE,
#define STACK(id, ...) FACT_##id,
#include "facts.def"
#undef STACK
    FACTS
};

/* When the text has it. */
enum fact_shown { SHOWN_ALWAYS, SHOWN_IN_FULL, SHOWN_NEVER };

/* A row of facts.def, where each is explained. */
struct fact_kind {
    const char *name;
    enum fact_shown shown;
    const char *title, *here, *label;
};

const struct fact_kind *facts__kind(enum fact_id id);

#endif
