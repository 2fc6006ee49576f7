/* A look at a run, into a store. */
#include "intake.h"

#include <stdbool.h>

#include "statement.h"

/* The rows that a run belongs to, made if need be. */
static int owners_of(struct store *store, const struct run *run, sqlite3_int64 *program, sqlite3_int64 *build,
                     struct store_error *error)
{
    int result = statement__run(store, "INSERT OR IGNORE INTO programs (name, executable) VALUES (?, ?)",
                                VALUES(text_value(run->program), text_value(run->executable)), NULL, error);
    if (result == 0)
        result = statement__run(store, "INSERT OR IGNORE INTO builds (name) VALUES (?)", VALUES(text_value(run->build)),
                                NULL, error);
    if (result == 0)
        result = statement__run(store, "SELECT id FROM programs WHERE name = ?", VALUES(text_value(run->program)),
                                program, error);
    return result == 0 ? statement__run(store, "SELECT id FROM builds WHERE name = ?", VALUES(text_value(run->build)),
                                        build, error)
                       : result;
}

struct known {
    sqlite3_int64 run, is_running, digest;
};

/* 0 is no run's number. */
static int find(struct store *store, const struct run *run, struct known *known, struct store_error *error)
{
    sqlite3_stmt *statement =
        statement__start(store,
                         "SELECT runs.id, how = 'running', digest FROM runs JOIN looks ON looks.id = look "
                         "WHERE host = ? AND pid = ? AND start_ticks = ? AND start = ? AND image = ?",
                         VALUES(text_value(run->host), number_value(run->pid), count_value(run->start_ticks),
                                number_value(run->start), number_value(run->image)),
                         error);
    int result = statement != NULL ? statement__next(store, statement, error) : -1;
    if (result != 1)
        return result;
    *known = (struct known){sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1),
                            sqlite3_column_int64(statement, 2)};
    sqlite3_reset(statement);
    return 0;
}

static int put_run(struct store *store, const struct run *run, sqlite3_int64 *number, struct store_error *error)
{
    sqlite3_int64 program = 0, build = 0;
    if (owners_of(store, run, &program, &build, error) != 0)
        return -1;
    return statement__run(
        store,
        "INSERT INTO runs (program, build, host, pid, start_ticks, start, image, path, ledger, seen, how, "
        "status, "
        "nofile_soft, nofile_hard, peak, open) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (host, pid, start_ticks, start, image) DO UPDATE SET ledger = excluded.ledger, "
        "build = excluded.build, seen = excluded.seen, how = excluded.how, status = excluded.status, "
        "nofile_soft = excluded.nofile_soft, nofile_hard = excluded.nofile_hard, peak = max(peak, excluded.peak), "
        "open = excluded.open RETURNING id",
        VALUES(number_value(program), number_value(build), text_value(run->host), number_value(run->pid),
               count_value(run->start_ticks), number_value(run->start), number_value(run->image), text_value(run->path),
               text_value(run->ledger), number_value(run->moment), text_value(run->how), number_value(run->status),
               count_value(run->nofile_soft), count_value(run->nofile_hard), count_value(run->peak),
               count_value(run->open)),
        number, error);
}

/* Where it stands may have moved since the last run. */
static int put_site(struct store *store, const struct run_site *site, sqlite3_int64 *number, struct store_error *error)
{
    return statement__run(store,
                          "INSERT INTO sites (fingerprint, kind, call, scope, place, module) VALUES (?, ?, ?, ?, ?, ?) "
                          "ON CONFLICT (fingerprint) DO UPDATE SET place = excluded.place, module = excluded.module "
                          "RETURNING id",
                          VALUES(text_value(site->fingerprint), text_value(site->kind), text_value(site->call),
                                 text_value(site->scope), text_value(site->place), text_value(site->module)),
                          number, error);
}

static int put_site_look(struct store *store, sqlite3_int64 look, const struct run_site *site,
                         struct store_error *error)
{
    sqlite3_int64 number = 0;
    if (put_site(store, site, &number, error) != 0)
        return -1;
    return statement__run(store,
                          "INSERT INTO site_looks (look, site, acquired, released, held, peak, oldest, verdict, "
                          "reason, rate, beyond, old) "
                          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                          VALUES(number_value(look), number_value(number), count_value(site->acquired),
                                 count_value(site->released), count_value(site->held), count_value(site->peak),
                                 number_value(site->oldest), text_value(growth__verdict_name(site->verdict)),
                                 text_value(site->reason), real_value(site->rate), count_value(site->beyond),
                                 count_value(site->old)),
                          NULL, error);
}

/* What an earlier look had found may be gone. */
static int put_findings(struct store *store, sqlite3_int64 number, const struct run *run, struct store_error *error)
{
    int result = statement__run(store, "DELETE FROM findings WHERE run = ?", VALUES(number_value(number)), NULL, error);
    for (size_t i = 0; i < run->finding_count && result == 0; i++) {
        const struct run_finding *finding = &run->findings[i];
        result =
            statement__run(store, "INSERT INTO findings (run, fingerprint, kind, level, count) VALUES (?, ?, ?, ?, ?)",
                           VALUES(number_value(number), text_value(finding->fingerprint), text_value(finding->kind),
                                  number_value(finding->level), count_value(finding->count)),
                           NULL, error);
    }
    return result;
}

static int put_look(struct store *store, const struct run *run, struct store_error *error)
{
    sqlite3_int64 number = 0, look = 0;
    if (put_run(store, run, &number, error) != 0)
        return -1;
    int result = statement__run(
        store,
        "INSERT INTO looks (run, moment, open, digest) VALUES (?, ?, ?, ?) ON CONFLICT (run, moment) DO UPDATE SET "
        "open = excluded.open, digest = excluded.digest RETURNING id",
        VALUES(number_value(number), number_value(run->moment), count_value(run->open), number_value(run__digest(run))),
        &look, error);
    if (result == 0)
        result =
            statement__run(store, "DELETE FROM site_looks WHERE look = ?", VALUES(number_value(look)), NULL, error);
    if (result == 0)
        result = statement__run(store, "UPDATE runs SET look = ? WHERE id = ?",
                                VALUES(number_value(look), number_value(number)), NULL, error);
    for (size_t i = 0; i < run->site_count && result == 0; i++)
        result = put_site_look(store, look, &run->sites[i], error);
    return result == 0 ? put_findings(store, number, run, error) : result;
}

/* A run has one end. While it goes on, a look that saw the same as the one before it tells only that it still ran. */
static bool is_known(const struct known *known, const struct run *run)
{
    return known->run != 0 && (!known->is_running || known->digest == run__digest(run));
}

static int note_seen(struct store *store, const struct known *known, const struct run *run, struct store_error *error)
{
    return statement__run(store, "UPDATE runs SET seen = max(seen, ?) WHERE id = ? AND how = 'running'",
                          VALUES(number_value(run->moment), number_value(known->run)), NULL, error);
}

enum intake store__add(struct store *store, const struct run *run, struct store_error *error)
{
    struct known known = {.run = 0};
    enum intake done = INTAKE_UNCHANGED;
    if (store__begin(store, error) != 0)
        return INTAKE_FAILED;
    int result = find(store, run, &known, error);
    if (result == 0 && is_known(&known, run)) {
        result = note_seen(store, &known, run, error);
    } else if (result == 0) {
        done = known.run == 0 ? INTAKE_NEW : INTAKE_LOOK;
        result = put_look(store, run, error);
    }
    return store__end(store, result, error) == 0 ? done : INTAKE_FAILED;
}
