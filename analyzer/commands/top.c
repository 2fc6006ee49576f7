/* leakwatch top: processes, sites, connections and locks on a terminal, as they are now. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/complain.h"
#include "base/heap.h"
#include "base/moment.h"
#include "base/terminal.h"
#include "commands.h"
#include "common.h"
#include "configuration.h"
#include "help_text.h"
#include "top/compose.h"
#include "top/display.h"
#include "top/keys.h"
#include "top/watcher.h"
#include "writing.h"

enum { IDLE = 60, USUAL_COLUMNS = 80, LEAST_COLUMNS = 20 };

#define MOST_INTERVAL 3600.0
#define NANOSECONDS 1e9

static const char doc[] =
    "Shows what is known of processes while they run, and looks again each second: how full their tables of "
    "descriptors "
    "are and when they will be, the places of their programs that hold something and what becomes of it, connections, "
    "and "
    "what locks cost. PID is one process, DIR holds the ledgers of many; without either it is all processes of this "
    "machine that run watched and that you may look at. It reads ledgers and /proc and nothing else: a process notices "
    "nothing of it.\v"
    "KEYS\n"
    "  Tab, 1 to 4               another view: processes, sites, connections, locks\n"
    "  up, down, Page Up, …      another row\n"
    "  Enter                     all that is known of the row; q: back\n"
    "  right, left, r            sort by another column; the other way round\n"
    "  /                         only rows in which a text stands\n"
    "  p, +, -                   stop looking; twice as often, half as often\n"
    "  ?, q                      all keys; quit\n"
    "\n"
    "COLUMNS\n"
    "  processes    pid, program, open, limit, used, full, verdict, age, acquired,\n"
    "               released, failed, swallowed, host\n"
    "  sites        held, rate, verdict, age, life, program, processes, kind, place,\n"
    "               acquired, released, scope\n"
    "  connections  held, peer, state, idle, longest, service, processes, place,\n"
    "               program\n"
    "  locks        taken, contended, waited, wait, hold, waiting, kind, place, program\n"
    "  --sort takes these names, and titles on the screen (given-back).\n"
    "\n"
    "Looks take a fiftieth of one processor at most: where many processes run they come more rarely than each second, "
    "and "
    "the first line says how often.\n"
    "\n"
    "EXIT STATUS\n"
    "  0; 2 for trouble: wrong usage, no terminal, or, at the first look, a directory or process that cannot be looked "
    "at, a directory none of whose ledgers can be read.\n"
    "\n"
    "EXAMPLES\n"
    "  leakwatch top\n"
    "  leakwatch top 4711\n"
    "  leakwatch top --view sites --sort held --once /var/lib/leakwatch";

enum key { KEY_ONCE = 900, KEY_VIEW, KEY_SORT, KEY_FILTER, KEY_INTERVAL, KEY_PROGRAM, KEY_COLOR, KEY_ROOT, KEY_DEBUG };

static const struct argp_option option_table[] = {
    {"once", KEY_ONCE, NULL, 0, "Print all rows and what is known of the first one, and end", 0},
    {"view", KEY_VIEW, "VIEW", 0, "Begin with processes, sites, connections or locks (default: processes)", 0},
    {"sort", KEY_SORT, "[-]COLUMN", 0,
     "Sort this view by a column (see COLUMNS): numbers the largest first, texts from A on; with -: the other way "
     "round",
     0},
    {"filter", KEY_FILTER, "TEXT", 0, "Only rows in which the text stands", 0},
    {"interval", KEY_INTERVAL, "TIME", 0, "Look so often (default 1s)", 0},
    {"program", KEY_PROGRAM, "GLOB", 0, "Only processes whose program's name matches", 0},
    {"color", KEY_COLOR, "WHEN", 0, "auto, always or never", 0},
    {"source-root", KEY_ROOT, "DIR", 0, "Show paths of sources below DIR, and quote lines of these files alone", 0},
    {"debuginfod", KEY_DEBUG, NULL, 0, "Ask the servers of DEBUGINFOD_URLS for debugging information", 0},
    {0},
};

struct top_input {
    struct watcher_options watcher;
    struct top_state state;
    const char *color, *sort;
    char *source_root;
};

static void take_view(struct top_input *input, struct argp_state *state, const char *name)
{
    input->state.view = top_view__find(name);
    if (input->state.view == TOP_VIEWS)
        wrong_value(state, "--view is processes, sites, connections or locks, not '%s'", name);
}

/* "pid, program, open …" */
static char *names_of(const struct top_view *view)
{
    char *text = heap__copied(view->columns[0].name);
    for (const struct top_column *column = &view->columns[1]; column->name != NULL; column++) {
        char *more = heap__printed("%s, %s", text, column->name);
        free(text);
        text = more;
    }
    return text;
}

static void take_sort(struct top_input *input, struct argp_state *state)
{
    const struct top_view *view = top_view__get(input->state.view);
    struct top_choice *choice = &input->state.choices[input->state.view];
    choice->is_reversed = input->sort[0] == '-';
    const char *name = input->sort + choice->is_reversed;
    choice->sorted = top_column__find(view->columns, name);
    if (view->columns[choice->sorted].name == NULL)
        wrong_option(state, input->sort, "--sort: the view of %s has no column '%s', but %s", view->name, name,
                     names_of(view));
}

static void take_filter(struct top_input *input, struct argp_state *state, const char *text)
{
    if (strlen(text) >= sizeof input->state.filter)
        wrong_value(state, "--filter takes at most %zu bytes", sizeof input->state.filter - 1);
    strncpy(input->state.filter, text, sizeof input->state.filter - 1);
}

static void take_interval(struct top_input *input, struct argp_state *state, const char *text)
{
    input->state.interval = time_argument(state, "--interval", text);
    if (input->state.interval > MOST_INTERVAL)
        wrong_value(state, "--interval is 1h at most, not '%s'", text);
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct top_input *input = state->input;
    switch (key) {
    case KEY_ONCE:
        input->state.is_once = true;
        break;
    case KEY_VIEW:
        take_view(input, state, value);
        break;
    case KEY_SORT:
        input->sort = value;
        break;
    case KEY_FILTER:
        take_filter(input, state, value);
        break;
    case KEY_INTERVAL:
        take_interval(input, state, value);
        break;
    case KEY_PROGRAM:
        input->watcher.gathering.program = program_argument(state, value);
        break;
    case KEY_COLOR:
        input->color = color_argument(state, value);
        break;
    case KEY_ROOT:
        free(input->source_root);
        input->watcher.source_root = input->source_root = source_root_argument(state, value);
        break;
    case KEY_DEBUG:
        input->watcher.symbols.debuginfod = true;
        break;
    case ARGP_KEY_ARG:
        if (input->watcher.subject != NULL)
            argp_error(state, "one process or directory, not '%s' too", value);
        input->watcher.subject = value;
        break;
    case ARGP_KEY_END:
        if (input->sort != NULL)
            take_sort(input, state);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp argp = {
    .options = option_table, .parser = parse, .args_doc = "[PID|DIR]", .doc = doc, .help_filter = help_text__filter};

/* ---- One frame --------------------------------------------------------------------------------------------------- */

struct once {
    struct watcher *watcher;
    struct top_input *input;
};

static size_t columns_of(FILE *out)
{
    size_t columns = terminal__columns(out);
    if (columns == 0)
        return USUAL_COLUMNS;
    return columns < LEAST_COLUMNS ? LEAST_COLUMNS : columns;
}

static void print_once(FILE *out, const void *context)
{
    const struct once *once = context;
    struct top_table table;
    struct frame_page page;
    bool is_utf8 = terminal__is_utf8();
    watcher__fill(once->watcher, &table, &once->input->state, is_utf8);
    frame_page__begin(&page, SIZE_MAX, columns_of(out), is_utf8);
    watcher__draw(once->watcher, &page, &table, &once->input->state);
    frame_page__print(&page, out, writing__wants_color(once->input->color, true, out));
    frame_page__clear(&page);
    top_table__clear(&table);
}

static int show_once(struct watcher *watcher, struct top_input *input)
{
    const struct once once = {watcher, input};
    return writing__to_stream(stdout, print_once, &once) == 0 ? EXIT_SUCCESS : EXIT_TROUBLE;
}

/* ---- Frame by frame ---------------------------------------------------------------------------------------------- */

static void take_key(struct top_state *state, const struct top_table *table, int key)
{
    if (!state->is_typing) {
        top_state__act(state, table, top_keys__action(key));
        return;
    }
    enum top_action action = top_keys__action(key);
    if (action == TOP_DETAIL || action == TOP_BACK) {
        state->is_typing = false;
        if (action == TOP_BACK)
            state->filter[0] = '\0';
    } else if (!top_state__type(state, key)) {
        top_state__act(state, table, action);
    }
}

static void show(struct display *display, struct watcher *watcher, struct top_state *state, struct top_table *table)
{
    struct frame_page page;
    size_t rows, columns;
    display__size(display, &rows, &columns);
    frame_page__begin(&page, rows, columns, display__is_utf8(display));
    watcher__fill(watcher, table, state, page.is_utf8);
    watcher__draw(watcher, &page, table, state);
    display__show(display, &page);
    frame_page__clear(&page);
}

/* Seconds until the next one; 0: there was none yet that this view can be filled from. */
static double rest(const struct watcher *watcher, const struct top_state *state, uint64_t looked)
{
    double passed = (double)(moment__now() - looked) / NANOSECONDS;
    if (watcher__lacks(watcher, state))
        return 0;
    return state->is_paused ? MOST_INTERVAL : watcher__pause(watcher, state) - passed;
}

static void watch(struct display *display, struct watcher *watcher, struct top_state *state)
{
    uint64_t looked = moment__now();
    bool is_new = true; /* it was not shown yet */
    while (!state->has_ended) {
        struct top_table table;
        if (rest(watcher, state, looked) <= 0) {
            watcher__look(watcher, state);
            looked = moment__now();
            is_new = true;
        }
        show(display, watcher, state, &table);
        if (is_new)
            watcher__shown(watcher);
        is_new = false;
        int key = display__key(display, rest(watcher, state, looked));
        if (key == DISPLAY_GONE)
            state->has_ended = true;
        else if (key >= 0)
            take_key(state, &table, key);
        top_table__clear(&table);
    }
}

static int show_frames(struct watcher *watcher, struct top_input *input)
{
    struct display *display = display__open(writing__wants_color(input->color, true, stdout));
    if (display == NULL)
        return EXIT_TROUBLE;
    watch(display, watcher, &input->state);
    display__close(display);
    return EXIT_SUCCESS;
}

static int perform(int argc, char **argv)
{
    struct top_input input = {.watcher = {.idle = IDLE}, .color = "auto"};
    top_state__begin(&input.state);
    configuration__parse(&command_top, argc, argv, 0, &input);
    struct watcher *watcher = watcher__new(&input.watcher);
    int status = EXIT_TROUBLE;
    if (!watcher__look(watcher, &input.state))
        complain("%s", watcher__trouble(watcher));
    else
        status = input.state.is_once ? show_once(watcher, &input) : show_frames(watcher, &input);
    watcher__free(watcher);
    top_state__clear(&input.state);
    free(input.source_root);
    return status;
}

const struct command command_top = {"top", "what processes hold now, on a terminal", &argp, perform};
