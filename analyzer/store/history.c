/* What a store knows of one program over time. */
#include "history.h"

#include <stdlib.h>
#include <string.h>

#include "base/heap.h"
#include "base/pool.h"
#include "history_site.h"
#include "model/finding.h"
#include "statement.h"

struct reading {
    struct store *store;
    struct store_error *error;
    struct history *history;
    struct pool *pool;
    sqlite3_int64 program;
    struct run_key *keys; /* by id, once all are read */
    size_t build_room, run_room, site_room;
    struct met *met; /* of the site that is being read */
    size_t met_count, met_room;
};

/* The texts are the pool's. */
struct owned_history {
    struct history history;
    struct pool *pool;
};

static const char *text_of(const struct reading *reading, sqlite3_stmt *row, int column)
{
    return pool__text(reading->pool, (const char *)sqlite3_column_text(row, column));
}

static uint64_t count_of(sqlite3_stmt *row, int column)
{
    sqlite3_int64 number = sqlite3_column_int64(row, column);
    return number > 0 ? (uint64_t)number : 0;
}

/* ---- Builds and runs --------------------------------------------------------------------------------------------- */

struct run_key {
    sqlite3_int64 id;
    size_t run;
};

static int by_id(const void *left, const void *right)
{
    const struct run_key *a = left, *b = right;
    return a->id < b->id ? -1 : a->id > b->id;
}

/* They come in the order of their first runs. */
static size_t build_of(struct reading *reading, const char *name)
{
    struct history *history = reading->history;
    for (size_t i = 0; i < history->build_count; i++)
        if (history->builds[i].name == name)
            return i;
    history->builds = heap__room(history->builds, history->build_count, &reading->build_room, sizeof(*history->builds));
    history->builds[history->build_count] = (struct history_build){.name = name};
    return history->build_count++;
}

static void add_run(struct reading *reading, sqlite3_stmt *row)
{
    struct history *history = reading->history;
    history->runs = heap__room(history->runs, history->run_count, &reading->run_room, sizeof(*history->runs));
    history->runs[history->run_count++] = (struct history_run){
        .build = build_of(reading, text_of(reading, row, 1)),
        .host = text_of(reading, row, 2),
        .how = text_of(reading, row, 3),
        .pid = (uint32_t)sqlite3_column_int64(row, 4),
        .status = sqlite3_column_int(row, 5),
        .start = sqlite3_column_int64(row, 6),
        .seen = sqlite3_column_int64(row, 7),
        .peak = count_of(row, 8),
        .open = count_of(row, 9),
        .limit = count_of(row, 10),
    };
    const struct history_run *run = &history->runs[history->run_count - 1];
    struct history_build *build = &history->builds[run->build];
    build->first = build->runs == 0 ? run->start : build->first;
    build->last = run->seen > build->last ? run->seen : build->last;
    build->runs++;
}

static int read_runs(struct reading *reading)
{
    size_t room = 0, count = 0;
    sqlite3_stmt *row = statement__start(
        reading->store,
        "SELECT runs.id, builds.name, host, how, pid, status, start, seen, peak, open, nofile_soft FROM runs "
        "JOIN builds ON builds.id = build WHERE program = ? ORDER BY start, runs.id",
        VALUES(number_value(reading->program)), reading->error);
    int result = row != NULL ? 1 : -1;
    while (result == 1 && (result = statement__next(reading->store, row, reading->error)) == 1) {
        reading->keys = heap__room(reading->keys, count, &room, sizeof(*reading->keys));
        reading->keys[count] = (struct run_key){sqlite3_column_int64(row, 0), count};
        count++;
        add_run(reading, row);
    }
    if (count > 0)
        qsort(reading->keys, count, sizeof(*reading->keys), by_id);
    return result;
}

/* ---- Sites ------------------------------------------------------------------------------------------------------- */

static void finish_site(struct reading *reading)
{
    struct history *history = reading->history;
    if (history->site_count > 0)
        history_site__sum_up(history, &history->sites[history->site_count - 1], reading->met, reading->met_count);
    reading->met_count = 0;
}

static void add_site(struct reading *reading, sqlite3_stmt *row)
{
    struct history *history = reading->history;
    finish_site(reading);
    history->sites = heap__room(history->sites, history->site_count, &reading->site_room, sizeof(*history->sites));
    history->sites[history->site_count++] = (struct history_site){
        .fingerprint = text_of(reading, row, 0),
        .kind = text_of(reading, row, 1),
        .call = text_of(reading, row, 2),
        .scope = text_of(reading, row, 3),
        .place = text_of(reading, row, 4),
        .parts = heap__zeroed(history->build_count, sizeof(struct history_part)),
    };
}

static void add_met(struct reading *reading, sqlite3_stmt *row)
{
    const struct run_key key = {.id = sqlite3_column_int64(row, 5)};
    const struct run_key *found = bsearch(&key, reading->keys, reading->history->run_count, sizeof key, by_id);
    if (found == NULL) /* added in this moment */
        return;
    struct history_run *run = &reading->history->runs[found->run];
    reading->met = heap__room(reading->met, reading->met_count, &reading->met_room, sizeof(*reading->met));
    struct met *met = &reading->met[reading->met_count++];
    *met = (struct met){
        .run = found->run,
        .held = count_of(row, 6),
        .peak = count_of(row, 7),
        .verdict = text_of(reading, row, 8),
        .rate = sqlite3_column_double(row, 9),
    };
    met->grows = strcmp(met->verdict, "leaking") == 0;
    met->leaks = met->grows || sqlite3_column_int(row, 10) != 0;
    run->leaking += met->leaks;
}

static int read_sites(struct reading *reading)
{
    sqlite3_stmt *row = statement__start(
        reading->store,
        "SELECT sites.fingerprint, sites.kind, call, scope, place, runs.id, held, site_looks.peak, verdict, rate, "
        "EXISTS (SELECT 1 FROM findings WHERE findings.run = runs.id AND findings.fingerprint = sites.fingerprint "
        "AND level >= ?2) FROM runs JOIN site_looks ON site_looks.look = runs.look "
        "JOIN sites ON sites.id = site_looks.site WHERE program = ?1 ORDER BY sites.id, start, runs.id",
        VALUES(number_value(reading->program), number_value(LEVEL_ERROR)), reading->error);
    const struct history *history = reading->history;
    int result = row != NULL ? 1 : -1;
    while (result == 1 && (result = statement__next(reading->store, row, reading->error)) == 1) {
        const char *fingerprint = (const char *)sqlite3_column_text(row, 0);
        if (history->site_count == 0 || strcmp(history->sites[history->site_count - 1].fingerprint, fingerprint) != 0)
            add_site(reading, row);
        add_met(reading, row);
    }
    finish_site(reading);
    return result;
}

/* ---- The whole --------------------------------------------------------------------------------------------------- */

static int worst_first(const void *left, const void *right)
{
    const struct history_site *a = left, *b = right;
    if (a->leaks != b->leaks)
        return a->leaks ? -1 : 1;
    if (a->rate < b->rate || a->rate > b->rate)
        return a->rate > b->rate ? -1 : 1;
    uint64_t leaked = a->leaking + a->before_leaking, leaked_b = b->leaking + b->before_leaking;
    if (leaked != leaked_b)
        return leaked > leaked_b ? -1 : 1;
    if (a->plateau != b->plateau)
        return a->plateau > b->plateau ? -1 : 1;
    return strcmp(a->fingerprint, b->fingerprint);
}

static int read_all(struct reading *reading, const char *program)
{
    if (statement__run(reading->store, "SELECT id FROM programs WHERE name = ?", VALUES(text_value(program)),
                       &reading->program, reading->error) != 0)
        return -1;
    return read_runs(reading) == 0 ? read_sites(reading) : -1;
}

struct history *history__of(struct store *store, const char *program, struct store_error *error)
{
    struct owned_history *own = heap__zeroed(1, sizeof(*own));
    own->pool = pool__new();
    own->history.program = pool__text(own->pool, program);
    struct reading reading = {.store = store, .error = error, .history = &own->history, .pool = own->pool};
    int result = read_all(&reading, program);
    free(reading.keys);
    free(reading.met);
    if (result != 0) {
        history__free(&own->history);
        return NULL;
    }
    if (own->history.site_count > 1)
        qsort(own->history.sites, own->history.site_count, sizeof(struct history_site), worst_first);
    return &own->history;
}

void history__free(struct history *history)
{
    if (history == NULL)
        return;
    for (size_t i = 0; i < history->site_count; i++)
        free(history->sites[i].parts);
    free(history->sites);
    free(history->runs);
    free(history->builds);
    pool__free(((struct owned_history *)history)->pool);
    free(history);
}

const struct history_site *history__site(const struct history *history, const char *fingerprint)
{
    for (size_t i = 0; i < history->site_count; i++)
        if (strcmp(history->sites[i].fingerprint, fingerprint) == 0)
            return &history->sites[i];
    return NULL;
}
