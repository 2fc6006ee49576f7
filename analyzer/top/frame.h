/* What stands on a screen: pieces of text, each at its place and in its ink. Nothing here knows of terminals. */
#ifndef TOP_FRAME_H
#define TOP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "reports/text/page.h"

struct frame_piece {
    size_t row, column;
    enum ink ink;
    bool is_reverse;
    char *text; /* as a terminal may show it */
};

struct frame_page {
    size_t rows, columns;
    bool is_utf8; /* what the terminal can show; else all of it is ASCII */
    struct frame_piece *pieces;
    size_t count, room;
};

void frame_page__begin(struct frame_page *page, size_t rows, size_t columns, bool is_utf8); /* empty */
void frame_page__clear(struct frame_page *page);

/* Text that is safe to show, from this place on, in at most so many columns; nothing of it stands outside of the page. */
void frame_page__put(struct frame_page *page, size_t row, size_t column, size_t most, enum ink ink, const char *text);
/* The whole row from this column on, in reverse. */
void frame_page__bar(struct frame_page *page, size_t row, size_t column, enum ink ink, const char *text);

/* As lines of text. */
void frame_page__print(struct frame_page *page, FILE *out, bool color);

#endif
