/* Which key does what. */
#include "keys.h"

#include <curses.h>

#include "trend/columns.h"

enum { TAB = '\t', RETURN = '\r', NEWLINE = '\n', ESCAPE = 27 };

static const struct key {
    int key;
    enum top_action action;
} keys[] = {
    {KEY_UP, TOP_UP},
    {'k', TOP_UP},
    {KEY_DOWN, TOP_DOWN},
    {'j', TOP_DOWN},
    {KEY_PPAGE, TOP_PAGE_UP},
    {KEY_NPAGE, TOP_PAGE_DOWN},
    {KEY_HOME, TOP_FIRST},
    {'g', TOP_FIRST},
    {KEY_END, TOP_LAST},
    {'G', TOP_LAST},
    {TAB, TOP_NEXT_VIEW},
    {KEY_BTAB, TOP_PREVIOUS_VIEW},
    {'1', TOP_VIEW},
    {'2', TOP_VIEW + 1},
    {'3', TOP_VIEW + 2},
    {'4', TOP_VIEW + 3},
    {KEY_RIGHT, TOP_NEXT_COLUMN},
    {'s', TOP_NEXT_COLUMN},
    {KEY_LEFT, TOP_PREVIOUS_COLUMN},
    {'S', TOP_PREVIOUS_COLUMN},
    {'r', TOP_REVERSE},
    {'/', TOP_FILTERING},
    {RETURN, TOP_DETAIL},
    {NEWLINE, TOP_DETAIL},
    {KEY_ENTER, TOP_DETAIL},
    {' ', TOP_PAUSE},
    {'p', TOP_PAUSE},
    {'+', TOP_FASTER},
    {'-', TOP_SLOWER},
    {'?', TOP_HELP},
    {'h', TOP_HELP},
    {KEY_F(1), TOP_HELP},
    {ESCAPE, TOP_BACK},
    {'q', TOP_QUIT},
};

static const struct told {
    const char *what, *text;
} told_keys[] =
    {
        {"Tab, Shift-Tab, 1 to 4", "another view: processes, sites, connections, locks"},
        {"up, down, k, j", "another row; Page Up, Page Down, Home, End: further"},
        {"Enter", "all that is known of the row, its stack with it; Enter or q: back"},
        {"right, left, s, S", "sort by the next column, or the one before; r: the other way round"},
        {"/", "only rows in which a text stands; Enter: done; Esc: all again"},
        {"p, space", "stop looking, and go on"},
        {"+, -", "look twice as often, or half as often"},
        {"?, h", "this help"},
        {"q", "quit"},
},
  told_columns[] = {
      {"VERDICT", "what becomes of what is held: steady, load (comes back), for-life (taken early, and kept), suspect, "
                  "leaking"},
      {"LIVES", "half of what was given back had been held for less than this"},
      {"FULL IN", "when the table of descriptors will be full; ~: at the pace of the short time seen so far"},
      {"UNSEEN", "releases that failed, and whose result the program does not look at"},
};

enum top_action top_keys__action(int key)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (keys[i].key == key)
            return keys[i].action;
    return TOP_NOTHING;
}

enum { INDENT = 2, NARROW = 60 };

/* What it is, and beside it, from this column on, what is said of it; below it where that leaves little room. */
static void tell(FILE *out, const struct told *told, size_t count, size_t beside, size_t columns)
{
    for (size_t i = 0; i < count; i++) {
        if (columns < NARROW)
            fprintf(out, "%*s%s\n%*s", INDENT, "", told[i].what, 2 * INDENT, "");
        else
            fprintf(out, "%*s%-*s", INDENT, "", (int)beside - INDENT, told[i].what);
        size_t begun = columns < NARROW ? 2 * INDENT : beside;
        columns__wrap(out, told[i].text, begun, begun, columns);
    }
}

void top_keys__help(FILE *out, size_t columns)
{
    enum { BESIDE_KEYS = 26, BESIDE_TITLES = 11 };
    fputs("Keys\n", out);
    tell(out, told_keys, sizeof told_keys / sizeof told_keys[0], BESIDE_KEYS, columns);
    tell(out, told_columns, sizeof told_columns / sizeof told_columns[0], BESIDE_TITLES, columns);
}
