/* leakwatch top without a terminal: tables in their order and width, what keys make of the state, frames as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "top/state.h"

static const struct top_column columns[] = {
    {"number", "N", 3, 0, TOP_NUMBER, false},
    {"name", "NAME", 4, 0, TOP_TEXT, true},
    {"more", "MORE", 4, 40, TOP_TEXT, false},
    {NULL, NULL, 0, 0, TOP_TEXT, false},
};

static void add(struct top_table *table, double number, const char *name, const char *brief)
{
    struct top_cell *cells = top_table__add(table, heap__copied(name), name);
    top_cell__set(&cells[0], heap__printed("%.0f", number), number, INK_PLAIN);
    top_cell__set(&cells[1], heap__copied(name), 0, INK_STRONG);
    top_cell__set(&cells[2], heap__copied("more"), 0, INK_PLAIN);
    cells[1].brief = brief != NULL ? heap__copied(brief) : NULL;
}

static struct top_table make(void)
{
    struct top_table table;
    top_table__begin(&table, columns);
    add(&table, 7, "seven", NULL);
    add(&table, 11, "eleven", NULL);
    add(&table, 7, "another seven", NULL);
    add(&table, 2, "Two", NULL);
    return table;
}

static void assert_order(const struct top_table *table, const char *names)
{
    char text[256] = "";
    for (size_t i = 0; i < table->count; i++) {
        strcat(text, i > 0 ? "," : "");
        strcat(text, table->rows[i].key);
    }
    assert_string_equal(text, names);
}

static void rows_are_sorted_and_equal_ones_keep_their_order(void **state)
{
    struct top_table table = make();
    (void)state;
    top_table__sort(&table, 0, false);
    assert_order(&table, "eleven,seven,another seven,Two");
    top_table__sort(&table, 0, true);
    assert_order(&table, "Two,seven,another seven,eleven");
    top_table__sort(&table, 1, false);
    assert_order(&table, "another seven,eleven,seven,Two");
    top_table__clear(&table);
}

static char *hidden(const void *subject)
{
    return heap__printed("hidden behind %s", (const char *)subject);
}

static void a_filter_finds_text_in_any_cell_and_behind_them(void **state)
{
    struct top_table table = make();
    (void)state;
    top_table__filter(&table, "HIDDEN", hidden);
    assert_order(&table, "seven,eleven,another seven,Two");
    top_table__filter(&table, "behind Seven", hidden);
    assert_order(&table, "seven");
    top_table__clear(&table);
    table = make();
    top_table__filter(&table, "SEVEN", NULL);
    assert_order(&table, "seven,another seven");
    top_table__filter(&table, "11", hidden);
    assert_order(&table, "");
    top_table__clear(&table);
}

static void a_column_that_is_not_shown_is_passed_over(void **state)
{
    struct top_table table = make();
    (void)state;
    assert_int_equal(top_table__neighbour(&table, 1, 1, 39), 0);
    assert_int_equal(top_table__neighbour(&table, 1, 1, 40), 2);
    assert_int_equal(top_table__neighbour(&table, 0, -1, 39), 1);
    top_table__clear(&table);
}

/* ---- Frames ------------------------------------------------------------------------------------------------------ */

static char *print(struct frame_page *page)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    frame_page__print(page, out, false);
    fclose(out);
    frame_page__clear(page);
    return text;
}

static char *draw(const struct top_table *table, size_t width, bool is_utf8, size_t first, size_t rows)
{
    struct frame_page page;
    frame_page__begin(&page, 10, width, is_utf8);
    top_table__draw(table, &page,
                    &(struct top_shown){.row = 0, .rows = rows, .first = first, .selected = 1, .sorted = 0});
    return print(&page);
}

static void assert_drawn(const struct top_table *table, size_t width, bool is_utf8, const char *wanted)
{
    char *text = draw(table, width, is_utf8, 0, 3);
    assert_string_equal(text, wanted);
    free(text);
}

static void columns_take_what_there_is(void **state)
{
    struct top_table table;
    (void)state;
    top_table__begin(&table, columns);
    add(&table, 7, "seven", NULL);
    add(&table, 1234567, "src/eleven.c:11", "eleven.c:11");
    assert_drawn(&table, 40, true,
                 "     N▼ NAME                       MORE\n"
                 "      7 seven                      more\n"
                 "1234567 src/eleven.c:11            more\n");
    assert_drawn(&table, 39, true, "     N▼ NAME\n      7 seven\n1234567 src/eleven.c:11\n");
    assert_drawn(&table, 20, true, "     N▼ NAME\n      7 seven\n1234567 eleven.c:11\n");
    assert_drawn(&table, 14, true, "     N▼ NAME\n      7 seven\n1234567 eleve…\n");
    assert_drawn(&table, 14, false, "     Nv NAME\n      7 seven\n1234567 eleve?\n");
    char *text = draw(&table, 39, true, 1, 3);
    assert_string_equal(text, "     N▼ NAME\n1234567 src/eleven.c:11\n");
    free(text);
    top_table__clear(&table);
}

static const struct top_column many_columns[] = {
    {"number", "N", 7, 34, TOP_NUMBER, false}, {"name", "NAME", 8, 0, TOP_TEXT, true},
    {"open", "OPEN", 5, 0, TOP_NUMBER, false}, {"full", "FULL IN", 10, 0, TOP_TEXT, false},
    {"age", "AGE", 7, 30, TOP_NUMBER, false},  {NULL, NULL, 0, 0, TOP_TEXT, false},
};

static void what_is_least_needed_goes_first_and_nothing_is_cut(void **state)
{
    struct top_table table;
    (void)state;
    top_table__begin(&table, many_columns);
    struct top_cell *cells = top_table__add(&table, heap__copied("key"), "");
    const char *const texts[] = {"4711", "server", "12", "soon", "2 d 12 min"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        top_cell__set(&cells[i], heap__copied(texts[i]), 1, INK_PLAIN);
    assert_drawn(&table, 41, true,
                 "     N▼ NAME   OPEN FULL IN           AGE\n"
                 "   4711 serv…    12 soon       2 d 12 min\n");
    assert_drawn(&table, 36, true,
                 "NAME      OPEN FULL IN           AGE\n"
                 "server      12 soon       2 d 12 min\n");
    assert_drawn(&table, 22, true,
                 "NAME   OPEN FULL IN\n"
                 "serv…    12 soon\n");
    top_table__clear(&table);
}

static void assert_time(double seconds, const char *text)
{
    char *told = top_words__time(seconds);
    assert_string_equal(told, text);
    assert_true(strlen(told) <= 7);
    free(told);
}

static void times_fit_their_column(void **state)
{
    (void)state;
    assert_time(-1, "-");
    assert_time(0, "0 s");
    assert_time(0.0042, "4.2 ms");
    assert_time(59.94, "59.9 s");
    assert_time(116.4, "1m56s");
    assert_time(3600 + 7 * 60, "1h07m");
    assert_time(86399, "23h59m");
    assert_time(365 * 86400.0 + 4 * 3600, "365d04h");
}

static void nothing_stands_outside_of_a_page(void **state)
{
    struct frame_page page;
    (void)state;
    frame_page__begin(&page, 2, 6, true);
    frame_page__put(&page, 0, 4, 100, INK_PLAIN, "漢字");
    frame_page__put(&page, 1, 6, 100, INK_PLAIN, "out");
    frame_page__put(&page, 2, 0, 100, INK_PLAIN, "out");
    frame_page__bar(&page, 1, 3, INK_PLAIN, "far too long");
    char *text = print(&page);
    assert_string_equal(text, "    …\n   fa…\n");
    free(text);
}

/* ---- Keys -------------------------------------------------------------------------------------------------------- */

static void the_selected_row_goes_no_further_than_the_ends(void **context)
{
    struct top_table table = make();
    struct top_state state;
    (void)context;
    top_state__begin(&state);
    state.page = 2;
    top_state__act(&state, &table, TOP_UP);
    assert_string_equal(state.choices[0].selected, "seven");
    top_state__act(&state, &table, TOP_PAGE_DOWN);
    assert_string_equal(state.choices[0].selected, "another seven");
    top_state__act(&state, &table, TOP_LAST);
    assert_string_equal(state.choices[0].selected, "Two");
    state.selected = 3;
    top_state__act(&state, &table, TOP_FIRST);
    assert_string_equal(state.choices[0].selected, "seven");
    top_state__clear(&state);
    top_table__clear(&table);
}

static void what_is_open_is_closed_before_it_ends(void **context)
{
    struct top_table table = make();
    struct top_state state;
    (void)context;
    top_state__begin(&state);
    top_state__act(&state, &table, TOP_PREVIOUS_VIEW);
    assert_int_equal(state.view, TOP_VIEWS - 1);
    top_state__act(&state, &table, TOP_DETAIL);
    top_state__act(&state, &table, TOP_DOWN); /* reads on */
    assert_true(top_state__shows_detail(&state) && state.scrolled == 1);
    assert_null(state.choices[state.view].selected);
    top_state__act(&state, &table, TOP_QUIT);
    assert_false(top_state__shows_detail(&state) || state.has_ended);
    top_state__act(&state, &table, TOP_QUIT);
    assert_true(state.has_ended);
    top_state__clear(&state);
    top_table__clear(&table);
}

static void a_filter_is_typed_and_rubbed_out_by_characters(void **context)
{
    struct top_state state;
    (void)context;
    top_state__begin(&state);
    for (const char *at = "aé"; *at != '\0'; at++)
        assert_true(top_state__type(&state, (unsigned char)*at));
    assert_string_equal(state.filter, "aé");
    top_state__type(&state, '\b');
    assert_string_equal(state.filter, "a");
    top_state__type(&state, '\b');
    top_state__type(&state, '\b');
    assert_string_equal(state.filter, "");
    assert_false(top_state__type(&state, 0x1000));
    for (int i = 0; i < 2 * TOP_FILTER; i++)
        top_state__type(&state, 'x');
    assert_int_equal(strlen(state.filter), TOP_FILTER - 1);
    top_state__clear(&state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sorted_and_equal_ones_keep_their_order),
        cmocka_unit_test(a_filter_finds_text_in_any_cell_and_behind_them),
        cmocka_unit_test(a_column_that_is_not_shown_is_passed_over),
        cmocka_unit_test(columns_take_what_there_is),
        cmocka_unit_test(what_is_least_needed_goes_first_and_nothing_is_cut),
        cmocka_unit_test(times_fit_their_column),
        cmocka_unit_test(nothing_stands_outside_of_a_page),
        cmocka_unit_test(the_selected_row_goes_no_further_than_the_ends),
        cmocka_unit_test(what_is_open_is_closed_before_it_ends),
        cmocka_unit_test(a_filter_is_typed_and_rubbed_out_by_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
