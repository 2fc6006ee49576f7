/* What the text report says of a finding, piece by piece, for the formats that hold text in something else. All results
 * are allocated; the caller frees them. */
#ifndef TELLING_H
#define TELLING_H

#include "page.h"

struct telling {
    struct report_options options; /* of the text: no colours, findings are told whole */
    bool full;                     /* processes, too */
    struct page page;
};

/* write_text: as in struct page. */
void telling__begin(struct telling *telling, const struct report *report, const struct report_options *options,
                    void (*write_text)(FILE *out, const char *text));

char *telling__headline(struct telling *telling, const struct finding *finding); /* one line, without its end */
/* Lines without indentation, each with its end; "" where nothing is known besides. */
char *telling__particulars(struct telling *telling, const struct finding *finding);
char *telling__stack(struct telling *telling, const struct finding *finding, const struct stack *stack);
char *telling__totals(struct telling *telling);       /* "3 errors: 7 resources never given back" */
char *telling__shortcomings(struct telling *telling); /* lines: what the ledgers could not hold */
char *telling__processes(struct telling *telling);    /* lines: how they ended; and the shortcomings */

/* How many findings of the report are shown: what --top says, or else the format's usual number; 0: all. */
size_t telling__shown(const struct telling *telling, size_t usual);

#endif
