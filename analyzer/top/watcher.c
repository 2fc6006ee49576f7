/* Looks, again and again.
 *
 * DESIGN. Who watches must not be what is seen: looks take a fiftieth of a processor at most, so that where many processes
 * run they come more rarely than was asked for, which the screen says. The report, which knows of connections and locks, is
 * made only while one of these views is shown. */
#include "watcher.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/heap.h"
#include "compose.h"
#include "findings/collector.h"

enum { SHARE = 50 };

struct watcher {
    const struct watcher_options *options;
    struct subject *subject;
    struct figures *figures;
    struct collector *collector; /* of the report; NULL: the last look made none */
    const struct report *report;
    struct source_lines *sources;
    char *directory;
    double begun;      /* when the last look did, in seconds of a processor */
    double last, cost; /* what it took until it was shown, and what one usually takes */
};

struct watcher *watcher__new(const struct watcher_options *options)
{
    struct watcher *watcher = heap__zeroed(1, sizeof(*watcher));
    watcher->options = options;
    watcher->subject = subject__new(options->subject);
    watcher->figures = figures__new(&options->gathering, &options->symbols);
    watcher->directory = getcwd(NULL, 0);
    /* Wherever they are: what is shown here goes no further than this terminal. */
    watcher->sources = source_lines__new(options->source_root != NULL ? options->source_root : "/");
    return watcher;
}

static void forget_report(struct watcher *watcher)
{
    if (watcher->collector != NULL)
        collector__free(watcher->collector);
    watcher->collector = NULL;
    watcher->report = NULL;
}

void watcher__free(struct watcher *watcher)
{
    forget_report(watcher);
    figures__free(watcher->figures);
    subject__free(watcher->subject);
    source_lines__free(watcher->sources);
    free(watcher->directory);
    free(watcher);
}

static double processor_time(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void make_report(struct watcher *watcher)
{
    const struct collector_options options = {.skip_exe = watcher->options->gathering.skip_exe,
                                              .idle = watcher->options->idle,
                                              .connections = true,
                                              .locks = true};
    const struct shelf *shelf = subject__shelf(watcher->subject);
    watcher->collector = collector__new(&options, figures__symbols(watcher->figures));
    for (size_t i = 0; i < shelf__count(shelf); i++)
        collector__add(watcher->collector, shelf__ledger(shelf, i), NULL);
    watcher->report = collector__finish(watcher->collector);
}

bool watcher__look(struct watcher *watcher, const struct top_state *state)
{
    watcher->begun = processor_time();
    forget_report(watcher);
    bool is_good = subject__look(watcher->subject);
    figures__take(watcher->figures, subject__shelf(watcher->subject));
    if (top_view__get(state->view)->needs_report)
        make_report(watcher);
    return is_good;
}

void watcher__shown(struct watcher *watcher)
{
    /* A look that meets new code reads its symbols, once. */
    double took = processor_time() - watcher->begun;
    watcher->cost = took < watcher->last ? took : watcher->last;
    watcher->last = took;
}

const char *watcher__trouble(const struct watcher *watcher)
{
    return subject__trouble(watcher->subject);
}

double watcher__pause(const struct watcher *watcher, const struct top_state *state)
{
    double least = SHARE * watcher->cost;
    return least > state->interval ? least : state->interval;
}

bool watcher__lacks(const struct watcher *watcher, const struct top_state *state)
{
    return top_view__get(state->view)->needs_report && watcher->report == NULL;
}

static struct top_model model_of(const struct watcher *watcher, bool is_utf8)
{
    return (struct top_model){
        .figures = watcher->figures,
        .report = watcher->report,
        .sources = watcher->sources,
        .options = {.source_root = watcher->options->source_root, .directory = watcher->directory},
        .is_utf8 = is_utf8};
}

void watcher__fill(const struct watcher *watcher, struct top_table *table, struct top_state *state, bool is_utf8)
{
    const struct top_model model = model_of(watcher, is_utf8);
    top_compose__table(table, &model, state);
}

void watcher__draw(const struct watcher *watcher, struct frame_page *page, const struct top_table *table,
                   struct top_state *state)
{
    const struct top_model model = model_of(watcher, page->is_utf8);
    const struct top_caption caption = {.subject = subject__name(watcher->subject),
                                        .trouble = subject__trouble(watcher->subject),
                                        .unread = shelf__unread(subject__shelf(watcher->subject)),
                                        .pause = watcher__pause(watcher, state)};
    top_compose__page(page, table, &model, &caption, state);
}
