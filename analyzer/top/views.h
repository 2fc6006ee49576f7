/* What can be looked at: each view fills a table, and says more of the row that is selected. */
#ifndef TOP_VIEWS_H
#define TOP_VIEWS_H

#include "live/figures.h"
#include "source/lines.h"
#include "table.h"

/* What a look has found. */
struct top_model {
    const struct figures *figures;
    const struct report *report; /* NULL: the view does not need it */
    struct source_lines *sources;
    struct report_options options; /* of paths of sources */
    bool is_utf8;
};

struct top_view {
    const char *name, *title;
    const struct top_column *columns;
    size_t sorted;     /* the column that its rows are sorted by at first; its count: they come as they are */
    bool needs_report; /* which is dearer than the trend */
    const char *empty; /* there are no rows, and why that may be */
    void (*fill)(struct top_table *table, const struct top_model *model);
    top_words *words; /* what a filter finds of a row besides its cells; NULL: nothing */
    /* Lines, the first of which names it. */
    void (*describe)(FILE *out, const struct top_model *model, const void *subject, size_t columns);
    char *(*farewell)(const char *key); /* one line, allocated: what became of the row of this key */
};

enum { TOP_VIEWS = 4 };
const struct top_view *top_view__get(size_t number);
size_t top_view__find(const char *name); /* TOP_VIEWS: there is none of this name */
/* What is known of a row, as lines; allocated. */
char *top_view__describe(const struct top_view *view, const struct top_model *model, const void *subject,
                         size_t columns);

extern const struct top_view top_processes, top_sites, top_connections, top_locks;

/* ---- What several of them say */

char *top_words__farewell(const char *key); /* that it is not there any more */

/* With lines of its source, which are said to have changed where they have since that run began. */
void top_words__stack(FILE *out, const struct top_model *model, const struct stack *stack, double run);
/* When the first process of the program began, by the report: seconds since 1970; 0: not known. */
double top_words__first_run(const struct top_model *model, const char *program);
/* "take_connection src/server.c:41 (accept4)"; allocated. */
char *top_words__place(const struct top_model *model, const struct stack *stack, const char *call);
/* The same, and with the file's name alone where there is no room for its path. */
void top_cell__set_place(struct top_cell *cell, const struct top_model *model, const struct stack *stack,
                         const char *call, enum ink ink);
/* A sentence, on as many lines as it takes. */
void top_words__sentence(FILE *out, size_t columns, const char *before, const char *text);
char *top_words__number(uint64_t number);
char *top_words__time(double seconds); /* "4.2 ms", "1m56s", "3h07m", "12d04h"; "-": not known */
char *top_words__escaped(const char *text);

#endif
