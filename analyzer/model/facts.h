/* The facts that findings carry besides what all have: families of findings make them, formats print them. */
#ifndef FACTS_H
#define FACTS_H

#include <stddef.h>
#include <stdint.h>

struct finding;
struct frame;
struct stack;

enum fact_id {
    FACT_NONE,
#define FACT(id, ...) FACT_##id,
#define STACK FACT
#include "facts.def"
#undef FACT
#undef STACK
    FACTS
};

/* What a fact may consist of. */
enum fact_part {
    HAS_WORDS = 1, /* text: leakwatch's */
    HAS_TEXT = 2,  /* text: it may hold names that the program chose */
    HAS_CALL = 4,
    HAS_ERROR = 8,
    HAS_PLACE = 16,
    HAS_STACK = 32,
};

/* When the text has a stack. */
enum fact_shown { SHOWN_ALWAYS, SHOWN_IN_FULL, SHOWN_NEVER };

/* A row of facts.def, where each is explained. */
struct fact_kind {
    const char *name;
    unsigned parts; /* enum fact_part */
    const char *sentence;
    enum fact_shown shown;
    const char *title, *here, *label; /* title NULL: it is no stack */
};

/* What its row says that it has; all else is 0. */
struct fact {
    enum fact_id id;
    int error;
    const char *text, *call;
    const struct frame *place;
    const struct stack *stack;
};

const struct fact_kind *facts__kind(enum fact_id id);
enum fact_id facts__find(const char *name, size_t length); /* FACT_NONE: there is none of this name */

/* Facts stand in the order of their rows. */
void finding__add_fact(struct finding *finding, const struct fact *fact);
const struct fact *finding__fact(const struct finding *finding, enum fact_id id); /* NULL: it has none such */

/* Of a fact that it may have; else NULL. */
const char *finding__text(const struct finding *finding, enum fact_id id);
const struct stack *finding__stack(const struct finding *finding, enum fact_id id);

/* Who gave back, before that went wrong, what was released again or used. */
const struct stack *finding__first_release(const struct finding *finding);

#endif
