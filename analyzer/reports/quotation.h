/* What the text report says of a finding, piece by piece, for the formats that hold text in something else. All results
 * are allocated; the caller frees them. */
#ifndef QUOTATION_H
#define QUOTATION_H

#include "reports/text/page.h"
#include "titled_stacks.h"

struct quotation {
    struct report_options options; /* of the text: no colours, findings are told whole */
    bool full;                     /* processes, too */
    struct page page;
};

/* write_text, write_words: as in struct page. */
void quotation__begin(struct quotation *quotation, const struct report *report, const struct report_options *options,
                      void (*write_text)(FILE *out, const char *text),
                      void (*write_words)(FILE *out, const char *text));

char *quotation__headline(struct quotation *quotation, const struct finding *finding); /* one line, without its end */
/* Lines without indentation, each with its end; "" where nothing is known besides. */
char *quotation__particulars(struct quotation *quotation, const struct finding *finding);
char *quotation__stack(struct quotation *quotation, const struct finding *finding, const struct stack *stack);
/* All that titled_stacks__of names, each below its title. */
char *quotation__all_stacks(struct quotation *quotation, const struct finding *finding);
char *quotation__totals(struct quotation *quotation);       /* "3 errors: 7 resources never given back" */
char *quotation__shortcomings(struct quotation *quotation); /* lines: what the ledgers could not hold */
char *quotation__processes(
    struct quotation *quotation); /* lines: how they ended, shortcomings, what became of results */
/* The same in two parts, whole, whatever --full says: for a page that nobody can ask for more. */
char *quotation__every_process(struct quotation *quotation);
char *quotation__every_shortcoming(struct quotation *quotation);

/* How many findings of the report are shown: what --top says, or else the format's usual number; 0: all. */
size_t quotation__shown(const struct quotation *quotation, size_t usual);

#endif
