/* The table of sites as text. */
#include "site_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/words.h"
#include "columns.h"
#include "model/resource.h"
#include "phrases.h"
#include "source/path.h"

enum { SHORTEST_NAME = 6, FAIR_NAME = 16, LEAST_LABEL = 12, FAIR_WIDTH = 60 };

enum column { HELD, RATE, SHARE, PROCESSES, VERDICT, COLUMNS };

struct row {
    const struct trend_site *site;
    char *cells[COLUMNS];
};

static const char *const titles[COLUMNS] = {"held", "rate/h", "share", "procs", "verdict"};

static char *number_cell(uint64_t number)
{
    char text[WORDS];
    return heap__copied(words__number(text, number));
}

static struct row row_of(const struct trend *trend, const struct trend_site *site)
{
    return (struct row){.site = site,
                        .cells = {[HELD] = number_cell(site->held),
                                  [RATE] = phrase__rate(site->rate),
                                  [SHARE] = phrase__share(trend, site),
                                  [PROCESSES] = number_cell(site->holders),
                                  [VERDICT] = heap__copied(growth__verdict_name(site->verdict))}};
}

/* Who takes it where nothing is known of the place: what it is. */
static char *place_of(const struct trend_site *site, const struct report_options *options)
{
    char *place = phrase__place(site, options);
    return place != NULL ? place : heap__printed("%s, nobody knows where", resource__noun(site->kind, site->held));
}

/* What is left beside the place, for the function and the call. */
static char *with_names(char *place, const char *function, const char *call, size_t columns)
{
    size_t taken = columns__of(place), for_call = call != NULL ? columns__of(call) + 3 : 0;
    bool has_call = call != NULL && taken + for_call <= columns;
    taken += has_call ? for_call : 0;
    char *name = function != NULL && columns >= taken + 1 + SHORTEST_NAME
                     ? columns__first(function, columns - taken - 1)
                     : heap__copied("");
    char *label = heap__printed("%s%s%s%s%s%s", name, name[0] != '\0' ? " " : "", place, has_call ? " (" : "",
                                has_call ? call : "", has_call ? ")" : "");
    free(name);
    return label;
}

/* A long path leaves room for the beginning of the function's name, and for the call. */
static size_t room_of_place(const char *function, const char *call, size_t columns)
{
    size_t name = function != NULL ? columns__of(function) + 1 : 0, beside = call != NULL ? columns__of(call) + 3 : 0;
    beside += name < FAIR_NAME ? name : FAIR_NAME;
    return beside < columns / 2 ? columns - beside : columns;
}

/* Where a path does not fit, the file's name tells more than its last letters. */
static const char *shown_place(const char *place, size_t columns)
{
    return columns__of(place) <= columns ? place : base_name(place);
}

static char *label_of(const struct trend_site *site, const struct report_options *options, size_t columns)
{
    char *whole = place_of(site, options), *function = phrase__function(site), *call = phrase__call(site);
    size_t names = (function != NULL ? columns__of(function) + 1 : 0) + (call != NULL ? columns__of(call) + 3 : 0);
    const char *fitting = shown_place(whole, names < columns ? columns - names : 0);
    char *place = columns__last(fitting, room_of_place(function, call, columns));
    char *label = with_names(place, function, call, columns);
    free(whole);
    free(place);
    free(function);
    free(call);
    return label;
}

/* Of the caller, the end tells: it is the line. */
char *site_table__label(const struct trend_site *site, const struct report_options *options, size_t columns)
{
    char *caller = phrase__caller(site, options);
    if (caller == NULL)
        return label_of(site, options, columns);
    char *fitting = columns__last(caller, columns / 2);
    char *own = label_of(site, options, columns - columns__of(fitting) - 1);
    char *label = heap__printed("%s %s", own, fitting);
    free(caller);
    free(fitting);
    free(own);
    return label;
}

/* What stands behind sites of processes that run. */
static char *label_among(const struct trend *trend, const struct trend_site *site, const struct report_options *options,
                         size_t columns)
{
    static const char ended[] = "ended: ";
    if (!site->is_ended || trend->running == 0)
        return site_table__label(site, options, columns);
    char *own = site_table__label(site, options, columns - strlen(ended));
    char *label = heap__printed("%s%s", ended, own);
    free(own);
    return label;
}

/* Where there is little room, what may be missed goes first. */
static bool is_shown(const struct trend *trend, size_t width, enum column column)
{
    bool is_fair = width >= FAIR_WIDTH;
    return column == PROCESSES ? trend->own_count > 1 && is_fair : column != SHARE || is_fair;
}

static void measure(const struct trend *trend, size_t width, const struct row *rows, size_t count,
                    size_t widths[COLUMNS])
{
    for (enum column column = 0; column < COLUMNS; column++) {
        widths[column] = strlen(titles[column]);
        for (size_t i = 0; i < count; i++)
            if (strlen(rows[i].cells[column]) > widths[column])
                widths[column] = strlen(rows[i].cells[column]);
        if (!is_shown(trend, width, column))
            widths[column] = 0;
    }
}

/* Numbers to the right, words to the left; two spaces behind each. */
static void put_cells(const struct page *page, char *const cells[COLUMNS], const size_t widths[COLUMNS], enum ink ink,
                      enum ink verdict_ink)
{
    for (enum column column = 0; column < COLUMNS; column++) {
        if (widths[column] == 0)
            continue;
        page__ink(page, column == VERDICT ? verdict_ink : ink);
        fprintf(page->out, column == VERDICT ? "%-*s  " : "%*s  ", (int)widths[column], cells[column]);
    }
    page__ink(page, INK_PLAIN);
}

static void put_head(const struct page *page, const size_t widths[COLUMNS])
{
    char *cells[COLUMNS];
    for (enum column column = 0; column < COLUMNS; column++)
        cells[column] = (char *)(uintptr_t)titles[column];
    put_cells(page, cells, widths, INK_FAINT, INK_FAINT);
    page__ink(page, INK_FAINT);
    fputs("site\n", page->out);
    page__ink(page, INK_PLAIN);
}

void site_table__put(const struct page *page, const struct trend *trend, const struct trend_options *options,
                     size_t count)
{
    struct row *rows = heap__zeroed(count, sizeof(*rows));
    size_t widths[COLUMNS], taken = 0;
    for (size_t i = 0; i < count; i++)
        rows[i] = row_of(trend, &trend->sites[i]);
    measure(trend, options->width, rows, count, widths);
    for (enum column column = 0; column < COLUMNS; column++)
        taken += widths[column] > 0 ? widths[column] + 2 : 0;
    size_t room = options->width >= taken + LEAST_LABEL ? options->width - taken : LEAST_LABEL;
    put_head(page, widths);
    for (size_t i = 0; i < count; i++) {
        char *label = label_among(trend, rows[i].site, &options->report, room);
        put_cells(page, rows[i].cells, widths, INK_PLAIN, phrase__ink(rows[i].site->verdict));
        fprintf(page->out, "%s\n", label);
        free(label);
        for (enum column column = 0; column < COLUMNS; column++)
            free(rows[i].cells[column]);
    }
    free(rows);
}
