/* A page of text for people: colours where they are wanted, and nothing of the watched program's reaches the terminal
 * unescaped. */
#ifndef PAGE_H
#define PAGE_H

#include "reports/format.h"

struct page {
    FILE *out;
    const struct report *report; /* NULL: places and stacks alone are written, which do without */
    const struct report_options *options;
    /* How what the program chose is written; NULL: as a terminal may show it. */
    void (*write_text)(FILE *out, const char *text);
    /* How sentences of leakwatch's own are written, in which something of the program's may stand; NULL: likewise. */
    void (*write_words)(FILE *out, const char *text);
};

enum ink { INK_PLAIN, INK_ERROR, INK_WARNING, INK_NOTE, INK_STRONG, INK_FAINT };

void page__ink(const struct page *page, enum ink ink);
void page__text(const struct page *page, const char *text);  /* escaped */
void page__words(const struct page *page, const char *text); /* escaped: sentences of leakwatch's own */
void page__call(const struct page *page, const char *name);  /* as programmers write it */
void page__number(const struct page *page, uint64_t number);

/* "src/conn.c:88", or "libfoo.so+0x1234" where no line is known, or "generated code". */
void page__place(const struct page *page, const struct frame *frame);

/* The frames of a stack, one a line. */
void page__stack(const struct page *page, const struct stack *stack, const char *indent, const char *program);

/* One finding, a blank line behind it. */
void page__finding(const struct page *page, const struct finding *finding);

/* Its parts: "3 sockets never closed, opened by accept at conn.c:41 in take"; and what is known besides, lines that
 * begin with two spaces. */
void page__headline(const struct page *page, const struct finding *finding);
void page__particulars(const struct page *page, const struct finding *finding);

/* How the processes ended, one line for all that ended alike, and what their ledgers could not hold. */
void page__processes(const struct page *page);
void page__every_process(const struct page *page); /* its lines alone, however many */
void page__shortcomings(const struct page *page);  /* the latter alone */
void page__nameless(const struct page *page);      /* whose code has no names in the stacks, and how to get them */
void page__generated(const struct page *page);     /* how to see names of functions made at run time, likewise */
void page__python(const struct page *page);        /* that lines of Python could not be told */

/* How much there is, in a few words. */
void page__totals(const struct page *page);

#endif
