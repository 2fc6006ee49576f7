/* Rows under titles. */
#include "table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "trend/columns.h"

enum { GAP = 1, MOST_COLUMNS = 16, LEAST_ELASTIC = 4 };

void top_table__begin(struct top_table *table, const struct top_column *columns)
{
    *table = (struct top_table){.columns = columns};
    while (columns[table->column_count].name != NULL)
        table->column_count++;
}

/* "given-back" is "GIVEN BACK". */
static bool is_titled(const char *title, const char *name)
{
    for (; *title != '\0' && tolower((unsigned char)*title) == (*name == '-' ? ' ' : tolower((unsigned char)*name));
         name++)
        title++;
    return *title == *name;
}

size_t top_column__find(const struct top_column *columns, const char *name)
{
    size_t count = 0, found;
    while (columns[count].name != NULL)
        count++;
    for (found = 0; found < count && strcasecmp(columns[found].name, name) != 0;)
        found++;
    for (size_t i = 0; found == count && i < count; i++)
        if (is_titled(columns[i].title, name))
            return i;
    return found;
}

static void clear_row(const struct top_table *table, struct top_row *row)
{
    for (size_t i = 0; i < table->column_count; i++) {
        free(row->cells[i].text);
        free(row->cells[i].brief);
    }
    free(row->cells);
    free(row->key);
}

void top_table__clear(struct top_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        clear_row(table, &table->rows[i]);
    free(table->rows);
    *table = (struct top_table){.columns = NULL};
}

struct top_cell *top_table__add(struct top_table *table, char *key, const void *subject)
{
    table->rows = heap__room(table->rows, table->count, &table->room, sizeof(*table->rows));
    struct top_row *row = &table->rows[table->count++];
    *row = (struct top_row){
        .key = key, .subject = subject, .cells = heap__zeroed(table->column_count, sizeof(*row->cells))};
    return row->cells;
}

void top_cell__set(struct top_cell *cell, char *text, double value, enum ink ink)
{
    *cell = (struct top_cell){.text = text, .value = value, .ink = ink};
}

/* ---- Which, and in which order ----------------------------------------------------------------------------------- */

static bool has(const struct top_table *table, const struct top_row *row, const char *text, top_words *words)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (strcasestr(row->cells[i].text, text) != NULL)
            return true;
    char *said = words != NULL ? words(row->subject) : NULL;
    bool is_found = said != NULL && strcasestr(said, text) != NULL;
    free(said);
    return is_found;
}

void top_table__filter(struct top_table *table, const char *text, top_words *words)
{
    size_t kept = 0;
    for (size_t i = 0; i < table->count; i++) {
        if (has(table, &table->rows[i], text, words))
            table->rows[kept++] = table->rows[i];
        else
            clear_row(table, &table->rows[i]);
    }
    table->count = kept;
}

struct order {
    const struct top_table *table;
    size_t column;
    bool is_reversed;
};

static int compare(const struct order *order, const struct top_row *a, const struct top_row *b)
{
    const struct top_cell *one = &a->cells[order->column], *other = &b->cells[order->column];
    int found = one->value == other->value ? 0 : one->value > other->value ? -1 : 1;
    if (order->table->columns[order->column].kind == TOP_TEXT)
        found = strcasecmp(one->text, other->text);
    return order->is_reversed ? -found : found;
}

/* By halves, as qsort does not keep what is equal in its order. */
static void sort(const struct order *order, struct top_row *rows, struct top_row *room, size_t count)
{
    size_t half = count / 2, left = 0, right = half;
    if (count < 2)
        return;
    sort(order, rows, room, half);
    sort(order, rows + half, room, count - half);
    for (size_t i = 0; i < count; i++) {
        bool is_left = right == count || (left < half && compare(order, &rows[left], &rows[right]) <= 0);
        room[i] = is_left ? rows[left++] : rows[right++];
    }
    memcpy(rows, room, count * sizeof(*rows));
}

void top_table__sort(struct top_table *table, size_t column, bool is_reversed)
{
    const struct order order = {table, column, is_reversed};
    struct top_row *room = heap__zeroed(table->count + 1, sizeof(*room));
    sort(&order, table->rows, room, table->count);
    free(room);
}

static bool is_shown(const struct top_column *column, size_t screen)
{
    return screen >= column->from;
}

size_t top_table__neighbour(const struct top_table *table, size_t column, int step, size_t screen)
{
    do
        column = (column + table->column_count + (size_t)step) % table->column_count;
    while (!is_shown(&table->columns[column], screen));
    return column;
}

/* ---- On the screen ----------------------------------------------------------------------------------------------- */

/* What stands there needs; 0: the column is left out. */
static size_t needed(const struct top_table *table, size_t column, size_t screen)
{
    const struct top_column *of = &table->columns[column];
    size_t width = of->least, title = columns__of(of->title) + 1; /* beside it there may be an arrow */
    if (!is_shown(of, screen))
        return 0;
    for (size_t i = 0; i < table->count && of->kind == TOP_NUMBER; i++) {
        size_t cell = columns__of(table->rows[i].cells[column].text);
        width = cell > width ? cell : width;
    }
    return title > width ? title : width;
}

static size_t taken_by(const struct top_table *table, const size_t widths[MOST_COLUMNS])
{
    size_t taken = 0;
    for (size_t i = 0; i < table->column_count; i++)
        taken += widths[i] > 0 ? widths[i] + GAP : 0;
    return taken;
}

/* Elastic ones share what is left over. */
static void widen(const struct top_table *table, size_t more, size_t widths[MOST_COLUMNS])
{
    size_t elastic = 0;
    for (size_t i = 0; i < table->column_count; i++)
        elastic += widths[i] > 0 && table->columns[i].is_elastic;
    for (size_t i = 0; i < table->column_count && elastic > 0; i++) {
        if (widths[i] == 0 || !table->columns[i].is_elastic)
            continue;
        size_t part = more / elastic--;
        widths[i] += part;
        more -= part;
    }
}

/* One column less wide, or where none can be, the one less that is first to go on a narrow screen. False: all must stay. */
static bool narrow(const struct top_table *table, size_t widths[MOST_COLUMNS])
{
    size_t last = table->column_count;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct top_column *of = &table->columns[i];
        if (of->is_elastic && widths[i] > LEAST_ELASTIC) {
            widths[i]--;
            return true;
        }
        if (widths[i] > 0 && of->from > 0 && (last == table->column_count || of->from > table->columns[last].from))
            last = i;
    }
    if (last < table->column_count)
        widths[last] = 0;
    return last < table->column_count;
}

static void lay_out(const struct top_table *table, size_t screen, size_t widths[MOST_COLUMNS])
{
    for (size_t i = 0; i < table->column_count; i++)
        widths[i] = needed(table, i, screen);
    while (taken_by(table, widths) > screen + GAP && narrow(table, widths))
        ;
    size_t taken = taken_by(table, widths);
    if (taken < screen + GAP)
        widen(table, screen + GAP - taken, widths);
}

static const char *fitting(const struct top_cell *cell, size_t width)
{
    return cell->brief != NULL && columns__of(cell->text) > width ? cell->brief : cell->text;
}

/* At its side of the column. */
static void put(struct frame_page *page, size_t row, size_t column, size_t width, bool is_right, enum ink ink,
                const char *text)
{
    size_t columns = columns__of(text);
    size_t skipped = is_right && columns < width ? width - columns : 0;
    frame_page__put(page, row, column + skipped, width - skipped, ink, text);
}

static void put_titles(const struct top_table *table, struct frame_page *page, const struct top_shown *shown,
                       const size_t widths[MOST_COLUMNS])
{
    size_t column = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct top_column *of = &table->columns[i];
        bool is_down = (of->kind != TOP_TEXT) != shown->is_reversed;
        const char *arrow = i != shown->sorted ? "" : page->is_utf8 ? (is_down ? "▼" : "▲") : (is_down ? "v" : "^");
        if (widths[i] == 0)
            continue;
        char *title = heap__printed("%s%s", of->title, arrow);
        put(page, shown->row, column, widths[i], of->kind == TOP_NUMBER, INK_STRONG, title);
        free(title);
        column += widths[i] + GAP;
    }
}

/* What is an error or a warning is so in reverse, too. */
static enum ink worst_ink(const struct top_table *table, const struct top_row *of)
{
    enum ink worst = INK_PLAIN;
    for (size_t i = 0; i < table->column_count; i++) {
        enum ink ink = of->cells[i].ink;
        if (ink == INK_ERROR || (ink == INK_WARNING && worst == INK_PLAIN))
            worst = ink;
    }
    return worst;
}

/* The selected one is a piece of one ink, so that it is seen from far. */
static void put_selected(const struct top_table *table, struct frame_page *page, size_t row, const struct top_row *of,
                         const size_t widths[MOST_COLUMNS])
{
    char *text = heap__copied("");
    for (size_t i = 0; i < table->column_count; i++) {
        if (widths[i] == 0)
            continue;
        char *cell = columns__first(fitting(&of->cells[i], widths[i]), widths[i]);
        int room = (int)(widths[i] - columns__of(cell));
        bool is_right = table->columns[i].kind == TOP_NUMBER;
        char *more = heap__printed("%s%*s%s%*s", text, is_right ? room : 0, "", cell, is_right ? GAP : room + GAP, "");
        free(cell);
        free(text);
        text = more;
    }
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == ' ')
        text[--length] = '\0'; /* of the gap behind the last column there is no room */
    frame_page__bar(page, row, 0, worst_ink(table, of), text);
    free(text);
}

static void put_row(const struct top_table *table, struct frame_page *page, size_t row, const struct top_row *of,
                    const size_t widths[MOST_COLUMNS])
{
    size_t column = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        if (widths[i] == 0)
            continue;
        const struct top_cell *cell = &of->cells[i];
        put(page, row, column, widths[i], table->columns[i].kind == TOP_NUMBER, cell->ink, fitting(cell, widths[i]));
        column += widths[i] + GAP;
    }
}

void top_table__draw(const struct top_table *table, struct frame_page *page, const struct top_shown *shown)
{
    size_t widths[MOST_COLUMNS] = {0};
    lay_out(table, page->columns, widths);
    put_titles(table, page, shown, widths);
    for (size_t i = shown->first; i < table->count && i - shown->first < shown->rows; i++) {
        size_t row = shown->row + 1 + i - shown->first;
        if (i == shown->selected)
            put_selected(table, page, row, &table->rows[i], widths);
        else
            put_row(table, page, row, &table->rows[i], widths);
    }
}
