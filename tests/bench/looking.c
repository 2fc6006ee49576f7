/* Looks at a directory as `leakwatch top` does, without a terminal: looking DIRECTORY [VIEW]. With each line that it gets, and
 * once at the beginning, it looks and lays a screen out, and prints a line: how many rows there are,
 * pieces the screen is laid out of, and seconds of a processor. */
#include "driver.h"

#include "top/compose.h"
#include "top/watcher.h"

enum { ROWS = 50, COLUMNS = 160 };

static double processor_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void look(struct watcher *watcher, struct top_state *state)
{
    struct top_table table;
    struct frame_page page;
    double begin = processor_seconds();
    must(watcher__look(watcher, state), "watcher__look");
    frame_page__begin(&page, ROWS, COLUMNS, true);
    watcher__fill(watcher, &table, state, page.is_utf8);
    watcher__draw(watcher, &page, &table, state);
    watcher__shown(watcher);
    double took = processor_seconds() - begin;
    printf("ledgers=%zu pieces=%zu seconds=%.6f\n", table.count, page.count, took);
    fflush(stdout);
    frame_page__clear(&page);
    top_table__clear(&table);
}

int main(int argc, char **argv)
{
    char line[16];
    struct watcher_options options = {.subject = argc > 1 ? argv[1] : NULL, .idle = 60};
    struct top_state state;
    top_state__begin(&state);
    if (argc > 2)
        state.view = top_view__find(argv[2]);
    must(argc > 1 && state.view < TOP_VIEWS, "usage: looking DIRECTORY [VIEW]");
    struct watcher *watcher = watcher__new(&options);
    look(watcher, &state);
    while (fgets(line, sizeof line, stdin) != NULL)
        look(watcher, &state);
    watcher__free(watcher);
    top_state__clear(&state);
    return 0;
}
