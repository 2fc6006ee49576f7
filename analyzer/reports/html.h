/* The parts of the HTML report. */
#ifndef HTML_H
#define HTML_H

#include "../source_lines.h"
#include "quotation.h"

struct html {
    FILE *out;
    const struct report *report;
    struct quotation quotation;
    struct source_lines *sources;
    size_t quoted;   /* bytes of sources in the page so far */
    size_t unquoted; /* frames whose sources were left out, because the page would have become too large */
};

void html__finding(struct html *html, const struct finding *finding, size_t rank);

/* The frames of a stack with the lines around each; nothing for NULL or an empty one. */
void html__stack(struct html *html, const struct stack *stack, const char *summary, time_t run);

/* "function  place": text of the program's within elements. */
void html__frame(struct html *html, const struct frame *frame);

/* How many descriptors were open when, one chart for each of the processes that held most; nothing where there are no
 * samples. */
void html__timeline(struct html *html);

/* Who holds what: stacks as nested boxes, as wide as what they hold. */
void html__flames(struct html *html);

#endif
