/* The whole screen.
 *
 * DESIGN. From the top: a caption, the views, the titles and the table; below it, where there is room, what is known of the
 * row that is selected; and the keys. Enter gives that the whole screen. The selected row is known by its key from the
 * first look on, so that it stays selected wherever the next one puts it. */
#include "compose.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/escape.h"
#include "base/heap.h"
#include "base/words.h"
#include "keys.h"
#include "trend/columns.h"

enum { CAPTION, TABS, TITLES, HEAD }; /* rows above the table's own */
enum { FOOT = 1, LEAST_TABLE = 5, LEAST_DETAIL = 4, ROOMY = 18 };

/* ---- The table --------------------------------------------------------------------------------------------------- */

/* Where it has gone, the one that took its place. */
static size_t find_selected(const struct top_table *table, const struct top_state *state)
{
    const char *key = state->choices[state->view].selected;
    size_t last = table->count > 0 ? table->count - 1 : 0;
    for (size_t i = 0; key != NULL && i < table->count; i++)
        if (strcmp(table->rows[i].key, key) == 0)
            return i;
    return key == NULL ? 0 : state->selected < last ? state->selected : last;
}

void top_compose__table(struct top_table *table, const struct top_model *model, struct top_state *state)
{
    const struct top_view *view = top_view__get(state->view);
    const struct top_choice *choice = &state->choices[state->view];
    top_table__begin(table, view->columns);
    view->fill(table, model);
    top_pin__find(&state->pin, table, view);
    if (state->filter[0] != '\0')
        top_table__filter(table, state->filter, view->words);
    if (choice->sorted < table->column_count)
        top_table__sort(table, choice->sorted, choice->is_reversed);
    state->selected = find_selected(table, state);
    if (state->selected < table->count)
        top_state__select(state, table->rows[state->selected].key);
}

/* ---- Around it --------------------------------------------------------------------------------------------------- */

static char *counts_text(const struct top_model *model, const struct top_caption *caption)
{
    const struct trend *trend = figures__trend(model->figures);
    uint64_t open = 0, leaking = 0;
    char processes[WORDS], bad[WORDS], descriptors[WORDS], closed[WORDS], unread[2 * WORDS] = "";
    if (caption->unread > 0)
        snprintf(unread, sizeof unread, ", %s %s cannot be read", words__number(closed, caption->unread),
                 words__plural(caption->unread, "ledger", "ledgers"));
    for (size_t i = 0; i < trend->process_count; i++) {
        open += trend->processes[i].open;
        leaking += trend->processes[i].leaking > 0;
    }
    return heap__printed("%s %s, %s leaking, %s open%s", words__number(processes, trend->process_count),
                         words__plural(trend->process_count, "process", "processes"), words__number(bad, leaking),
                         words__number(descriptors, open), unread);
}

static char *clock_text(const struct top_caption *caption, const struct top_state *state)
{
    char when[16], pause[WORDS];
    time_t now = time(NULL);
    struct tm parts;
    strftime(when, sizeof when, "%H:%M:%S", localtime_r(&now, &parts));
    if (state->is_once)
        return heap__copied(when);
    if (state->is_paused)
        return heap__printed("paused  %s", when);
    return heap__printed("every %s  %s", words__duration(pause, caption->pause), when);
}

static void put_caption(struct frame_page *page, const struct top_model *model, const struct top_caption *caption,
                        const struct top_state *state)
{
    char *counts = counts_text(model, caption), *clock = clock_text(caption, state),
         *subject = top_words__escaped(caption->subject);
    size_t width = columns__of(clock), left = page->columns > width + 1 ? page->columns - width - 1 : page->columns;
    char *text = heap__printed("leakwatch: %s  %s", counts, subject);
    frame_page__put(page, CAPTION, 0, left, INK_STRONG, text);
    if (left < page->columns)
        frame_page__put(page, CAPTION, left + 1, width, INK_PLAIN, clock);
    free(text);
    free(subject);
    free(clock);
    free(counts);
}

static void put_tabs(struct frame_page *page, const struct top_state *state)
{
    size_t column = 0;
    for (size_t i = 0; i < TOP_VIEWS; i++) {
        char *text = heap__printed(i == state->view ? "[%zu %s]" : " %zu %s ", i + 1, top_view__get(i)->title);
        frame_page__put(page, TABS, column, page->columns, i == state->view ? INK_STRONG : INK_FAINT, text);
        column += columns__of(text) + 1;
        free(text);
    }
    if (state->filter[0] == '\0' && !state->is_typing)
        return;
    char *filter = top_words__escaped(state->filter);
    char *text = heap__printed("/%s%s", filter, state->is_typing ? "_" : "");
    frame_page__put(page, TABS, column + 1, page->columns, INK_WARNING, text);
    free(text);
    free(filter);
}

static void put_foot(struct frame_page *page, const struct top_caption *caption, const struct top_state *state)
{
    const char *keys = state->is_typing ? "type a text; Enter: done  Esc: all again"
                       : top_state__shows_detail(state) || state->shows_help
                           ? "Enter, Esc, q: back  up, down: read on"
                           : "Tab: view  s, r: sort  /: filter  Enter: stack  p: pause  ?: help  q: quit";
    if (page->rows == 0)
        return;
    if (caption->trouble == NULL) {
        frame_page__put(page, page->rows - 1, 0, page->columns, INK_FAINT, keys);
        return;
    }
    char *trouble = top_words__escaped(caption->trouble);
    frame_page__put(page, page->rows - 1, 0, page->columns, INK_ERROR, trouble);
    free(trouble);
}

/* ---- What is known of a row -------------------------------------------------------------------------------------- */

static char *describe(const struct top_table *table, const struct top_model *model, const struct top_state *state,
                      size_t columns)
{
    if (state->selected >= table->count)
        return heap__copied("");
    return top_view__describe(top_view__get(state->view), model, table->rows[state->selected].subject, columns);
}

static char *help_text(size_t columns)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (out != NULL) {
        top_keys__help(out, columns);
        fclose(out);
    } else {
        heap__ran_out();
    }
    return text;
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; (text = strchr(text, '\n')) != NULL; text++)
        count++;
    return count;
}

/* The lines from this one on, in so many rows; the first of all is told in another ink. The text is spoilt. */
static void put_lines(struct frame_page *page, size_t row, size_t rows, char *text, size_t skipped)
{
    char *rest = NULL;
    size_t number = 0;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest), number++)
        if (number >= skipped && number - skipped < rows)
            frame_page__put(page, row + number - skipped, 0, page->columns, number == 0 ? INK_STRONG : INK_PLAIN, line);
}

static void put_whole(struct frame_page *page, char *text, struct top_state *state)
{
    size_t lines = count_lines(text), rows = page->rows > TITLES + FOOT ? page->rows - TITLES - FOOT : 0;
    size_t most = lines > rows ? lines - rows : 0;
    state->scrolled = state->scrolled > most ? most : state->scrolled;
    state->page = rows;
    put_lines(page, TITLES, rows, text, state->scrolled);
}

/* ---- Together ---------------------------------------------------------------------------------------------------- */

/* So that the selected row is seen. */
static void scroll(struct top_choice *choice, size_t selected, size_t count, size_t rows)
{
    if (selected < choice->first)
        choice->first = selected;
    else if (rows > 0 && selected >= choice->first + rows)
        choice->first = selected - rows + 1;
    if (choice->first + rows > count)
        choice->first = count > rows ? count - rows : 0;
}

/* Where the table and what is known of the selected row stand. */
struct rows {
    size_t table, detail; /* 0: there is no detail */
};

static struct rows share(const struct frame_page *page, size_t count, size_t lines)
{
    size_t room = page->rows > HEAD + FOOT ? page->rows - HEAD - FOOT : 0;
    if (lines == 0)
        return (struct rows){.table = room};
    size_t most = room / 2 < room - LEAST_TABLE ? room / 2 : room - LEAST_TABLE;
    if (count + 1 < room - most) /* few rows leave it more */
        most = room - count - 1;
    size_t detail = lines < most ? lines : most;
    return (struct rows){.table = room - detail - 1, .detail = detail};
}

static void put_table(struct frame_page *page, const struct top_table *table, const struct top_model *model,
                      struct top_state *state)
{
    struct top_choice *choice = &state->choices[state->view];
    /* Where there is no room for it, nothing need be known. */
    char *text = page->rows < ROOMY ? heap__copied("") : describe(table, model, state, page->columns);
    size_t lines = count_lines(text), least = table->count > 0 ? table->count : 1;
    struct rows rows =
        state->is_once ? (struct rows){.table = least, .detail = lines} : share(page, table->count, lines);
    state->page = rows.table;
    scroll(choice, state->selected, table->count, rows.table);
    top_table__draw(table, page,
                    &(struct top_shown){.row = TITLES,
                                        .rows = rows.table,
                                        .first = choice->first,
                                        .selected = state->selected,
                                        .sorted = choice->sorted,
                                        .is_reversed = choice->is_reversed});
    if (table->count == 0)
        frame_page__put(page, HEAD, 0, page->columns, INK_PLAIN,
                        state->filter[0] != '\0' ? "nothing matches" : top_view__get(state->view)->empty);
    if (rows.detail > 0)
        put_lines(page, HEAD + rows.table + 1, rows.detail, text, 0);
    free(text);
}

void top_compose__page(struct frame_page *page, const struct top_table *table, const struct top_model *model,
                       const struct top_caption *caption, struct top_state *state)
{
    char *text = NULL;
    state->screen = page->columns;
    put_caption(page, model, caption, state);
    put_tabs(page, state);
    if (state->shows_help)
        text = help_text(page->columns);
    else if (top_state__shows_detail(state))
        text = top_pin__text(&state->pin, model, top_view__get(state->view), page->columns);
    if (text != NULL)
        put_whole(page, text, state);
    else
        put_table(page, table, model, state);
    if (!state->is_once)
        put_foot(page, caption, state);
    free(text);
}
