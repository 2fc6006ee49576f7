/* The parts of the HTML report. */
#ifndef HTML_H
#define HTML_H

#include "reports/quotation.h"
#include "source/lines.h"

struct html {
    FILE *out;
    const struct report *report;
    struct quotation quotation;
    struct source_lines *sources;
    size_t quoted;   /* bytes of sources in the page so far */
    size_t unquoted; /* frames whose sources were left out, because the page would have become too large */
};

/* What was run, where and when. */
void html__about(struct html *html);

/* The first `count` findings as a table of kinds and places; and one after the other, those of one place together. */
void html__places(struct html *html, size_t count);
void html__grouped(struct html *html, size_t count);

/* Where a finding stands in the list. */
struct html_position {
    size_t rank;
    size_t group;    /* the rank of the first finding at the same place */
    bool is_grouped; /* below the heading of its place */
};

void html__finding(struct html *html, const struct finding *finding, struct html_position position);

/* The frames of a stack with the lines around each; nothing for NULL or an empty one. */
void html__stack(struct html *html, const struct stack *stack, const char *summary, double run);

/* How many descriptors were open when, one chart for each of the processes that held most; nothing where there are no
 * samples. */
void html__timeline(struct html *html);
bool html__has_timeline(const struct html *html);

/* Who holds what: stacks as nested boxes, as wide as what they hold. */
void html__flames(struct html *html);
bool html__has_flames(const struct html *html);

/* A section that is one table. */
struct html_section {
    const char *id, *title;
    const char *none; /* said where there are no rows */
    const char *more; /* "more places": what is closed at first */
    void (*put_rows)(struct html *html, size_t first, size_t end);
};
void html__section(struct html *html, const struct html_section *section, size_t count);

/* What locks cost, place by place; nothing where that was not asked for. */
void html__locks(struct html *html);

/* Which connections are held, likewise. */
void html__connections(struct html *html);

#endif
