/* Rows under titles: filled by a view, then sorted, filtered and laid out for a screen. */
#ifndef TOP_TABLE_H
#define TOP_TABLE_H

#include "frame.h"

enum top_kind {
    TOP_TEXT,   /* sorted as words are */
    TOP_NUMBER, /* by value, the largest first, and set to the right */
    TOP_DEGREE  /* by value, too, though it is told as a text */
};

struct top_column {
    const char *name;  /* for --sort, as the title is; NULL behind the last one */
    const char *title; /* on the screen */
    unsigned least;    /* columns of the screen that it has at least */
    unsigned from;     /* it is left out on screens that are narrower */
    enum top_kind kind;
    bool is_elastic; /* gets what is left over, or has to give */
};

/* The one of this name or title, however it is written; their count: there is none. */
size_t top_column__find(const struct top_column *columns, const char *name);

struct top_cell {
    char *text;  /* safe to show */
    char *brief; /* shown where there is no room for that; NULL: as much of it as there is room for */
    double value;
    enum ink ink;
};

struct top_row {
    char *key; /* the same row at the next look */
    const void *subject;
    struct top_cell *cells;
};

struct top_table {
    const struct top_column *columns;
    size_t column_count;
    struct top_row *rows;
    size_t count, room;
};

void top_table__begin(struct top_table *table, const struct top_column *columns);
void top_table__clear(struct top_table *table);

/* Takes the key, which is allocated; the cells of the new row are to be filled in. */
struct top_cell *top_table__add(struct top_table *table, char *key, const void *subject);
/* Takes the text. */
void top_cell__set(struct top_cell *cell, char *text, double value, enum ink ink);

/* Keeps the rows in which this text stands, however it is written: in a cell, or in what `words`, allocated, says of their
 * subject; NULL: nothing more. */
typedef char *top_words(const void *subject);
void top_table__filter(struct top_table *table, const char *text, top_words *words);
/* Rows that are equal there keep the order in which they were added. */
void top_table__sort(struct top_table *table, size_t column, bool is_reversed);

/* The next or the one before of those columns that such a screen shows. */
size_t top_table__neighbour(const struct top_table *table, size_t column, int step, size_t screen);

struct top_shown {
    size_t row, rows; /* of the page: the titles, and below them the table */
    size_t first;     /* row of the table that comes first */
    size_t selected;  /* of the table; its count: none is */
    size_t sorted;    /* column */
    bool is_reversed;
};
void top_table__draw(const struct top_table *table, struct frame_page *page, const struct top_shown *shown);

#endif
