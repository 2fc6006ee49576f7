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
#define LIST FACT
#include "facts.def"
#undef FACT
#undef STACK
#undef LIST
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
    HAS_ITEMS = 64,
    HAS_COUNT = 128,
    HAS_SECONDS = 256,
};

/* When the text has a stack. */
enum fact_shown { SHOWN_ALWAYS, SHOWN_IN_FULL, SHOWN_NEVER };

/* A row of facts.def, where each is explained. */
struct fact_kind {
    const char *name;
    unsigned parts;              /* enum fact_part */
    const char *sentence, *item; /* item: of each in the list; NULL: it is none */
    enum fact_shown shown;
    const char *title, *here, *label; /* title NULL: it is no stack */
};

/* So many, by this call at this stack: "997 closed at conn.c:88". */
struct item {
    const struct stack *stack; /* NULL: not known */
    const char *text;          /* what is said of it, which differs from run to run; NULL: nothing */
    const char *call;
    uint64_t count;
    uint32_t resource; /* enum lw_kind */
};

/* What its row says that it has; all else is 0. */
struct fact {
    enum fact_id id;
    int error;
    const char *text, *call;
    uint64_t count;
    double seconds;
    uint32_t resource; /* enum lw_kind */
    const struct frame *place;
    const struct stack *stack;
    struct item *items; /* the finding's, which frees them */
    size_t item_count;
};

const struct fact_kind *facts__kind(enum fact_id id);
struct fact fact__of_item(const struct item *item);        /* as sentences want it */
enum fact_id facts__find(const char *name, size_t length); /* FACT_NONE: there is none of this name */

/* Facts stand in the order of their rows. A list's items are those of the heap. */
void finding__add_fact(struct finding *finding, const struct fact *fact);
void finding__clear_facts(struct finding *finding);
const struct fact *finding__fact(const struct finding *finding, enum fact_id id); /* NULL: it has none such */

/* Of a fact that it may have; else NULL, or 0. */
uint64_t finding__count(const struct finding *finding, enum fact_id id);
const char *finding__text(const struct finding *finding, enum fact_id id);

/* Who held what was missed, or younger: a list; NULL: that is not the question. */
const struct fact *finding__holders(const struct finding *finding);
/* Who gave back, before that went wrong, what was released again or used. */
const struct stack *finding__first_release(const struct finding *finding);

#endif
