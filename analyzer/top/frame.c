/* What stands on a screen. */
#include "frame.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "trend/columns.h"

void frame_page__begin(struct frame_page *page, size_t rows, size_t columns, bool is_utf8)
{
    *page = (struct frame_page){.rows = rows, .columns = columns, .is_utf8 = is_utf8};
}

void frame_page__clear(struct frame_page *page)
{
    for (size_t i = 0; i < page->count; i++)
        free(page->pieces[i].text);
    free(page->pieces);
    page->pieces = NULL;
    page->count = page->room = 0;
}

/* What a terminal cannot show keeps its place. */
static void make_ascii(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        if (((unsigned char)*from & 0xc0) == 0x80)
            continue; /* the rest of a character */
        *to++ = (unsigned char)*from < 0x80 ? *from : '?';
    }
    *to = '\0';
}

static struct frame_piece *add(struct frame_page *page, size_t row, size_t column, char *text)
{
    page->pieces = heap__room(page->pieces, page->count, &page->room, sizeof(*page->pieces));
    struct frame_piece *piece = &page->pieces[page->count++];
    *piece = (struct frame_piece){.row = row, .column = column, .text = text};
    if (!page->is_utf8)
        make_ascii(text);
    return piece;
}

void frame_page__put(struct frame_page *page, size_t row, size_t column, size_t most, enum ink ink, const char *text)
{
    if (row >= page->rows || column >= page->columns || most == 0 || text[0] == '\0')
        return;
    size_t room = page->columns - column;
    add(page, row, column, columns__first(text, most < room ? most : room))->ink = ink;
}

void frame_page__bar(struct frame_page *page, size_t row, size_t column, enum ink ink, const char *text)
{
    if (row >= page->rows || column >= page->columns)
        return;
    size_t room = page->columns - column;
    char *shown = columns__first(text, room);
    char *whole = heap__printed("%s%*s", shown, (int)(room - columns__of(shown)), "");
    free(shown);
    struct frame_piece *piece = add(page, row, column, whole);
    piece->ink = ink;
    piece->is_reverse = true;
}

static int compare(const void *a, const void *b)
{
    const struct frame_piece *one = a, *other = b;
    if (one->row != other->row)
        return one->row < other->row ? -1 : 1;
    return one->column < other->column ? -1 : one->column > other->column;
}

static void print_piece(const struct page *paper, const struct frame_piece *piece, size_t column)
{
    bool is_inked = piece->ink != INK_PLAIN || piece->is_reverse;
    fprintf(paper->out, "%*s", (int)(piece->column - column), "");
    if (is_inked)
        page__ink(paper, piece->ink == INK_PLAIN ? INK_STRONG : piece->ink);
    fputs(piece->text, paper->out);
    if (is_inked)
        page__ink(paper, INK_PLAIN);
}

/* A row that ends with spaces ends before them. */
static void trim(struct frame_piece *piece)
{
    size_t length = strlen(piece->text);
    while (length > 0 && piece->text[length - 1] == ' ')
        piece->text[--length] = '\0';
}

void frame_page__print(struct frame_page *page, FILE *out, bool color)
{
    const struct report_options options = {.color = color};
    const struct page paper = {.out = out, .options = &options};
    size_t row = 0, column = 0;
    qsort(page->pieces, page->count, sizeof(*page->pieces), compare);
    for (size_t i = 0; i < page->count; i++) {
        struct frame_piece *piece = &page->pieces[i];
        for (; row < piece->row; row++, column = 0)
            putc('\n', out);
        if (i + 1 == page->count || page->pieces[i + 1].row != row)
            trim(piece);
        size_t width = columns__of(piece->text);
        if (piece->column >= column && width > 0) {
            print_piece(&paper, piece, column);
            column = piece->column + width;
        }
    }
    putc('\n', out);
}
