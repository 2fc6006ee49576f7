/* What a store holds, in a few numbers. */
#include "listing.h"

#include "model/finding.h"
#include "statement.h"

static const char programs[] =
    "WITH last AS (SELECT program, id, look, max(start) FROM runs GROUP BY program) "
    "SELECT name, count(*), count(DISTINCT build), min(start), max(seen), max(peak), "
    "(SELECT count(*) FROM site_looks WHERE site_looks.look = last.look AND verdict = 'leaking'), "
    "(SELECT count(*) FROM findings WHERE findings.run = last.id AND level >= ?), executable "
    "FROM runs JOIN programs ON programs.id = runs.program JOIN last ON last.program = runs.program "
    "GROUP BY runs.program ORDER BY max(seen) DESC, name";

static int sum_up(struct store *store, struct listing *listing, struct store_error *error)
{
    sqlite3_int64 runs = 0, sites = 0, bytes = 0;
    if (statement__run(store, "SELECT count(*) FROM runs", NULL, 0, &runs, error) != 0 ||
        statement__run(store, "SELECT count(*) FROM sites", NULL, 0, &sites, error) != 0 ||
        statement__run(store, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", NULL, 0, &bytes,
                       error) != 0)
        return -1;
    *listing = (struct listing){(uint64_t)runs, (uint64_t)sites, (uint64_t)bytes};
    return 0;
}

int store__list(struct store *store, struct listing *listing, listing_visit *visit, void *context,
                struct store_error *error)
{
    if (sum_up(store, listing, error) != 0)
        return -1;
    sqlite3_stmt *statement = statement__start(store, programs, VALUES(number_value(LEVEL_ERROR)), error);
    int result = statement != NULL ? 1 : -1;
    while (result == 1 && (result = statement__next(store, statement, error)) == 1) {
        const struct listed_program program = {
            .name = (const char *)sqlite3_column_text(statement, 0),
            .executable = (const char *)sqlite3_column_text(statement, 8),
            .runs = (uint64_t)sqlite3_column_int64(statement, 1),
            .builds = (uint64_t)sqlite3_column_int64(statement, 2),
            .first = sqlite3_column_int64(statement, 3),
            .last = sqlite3_column_int64(statement, 4),
            .peak = (uint64_t)sqlite3_column_int64(statement, 5),
            .leaking = (uint64_t)sqlite3_column_int64(statement, 6),
            .errors = (uint64_t)sqlite3_column_int64(statement, 7),
        };
        if (!visit(context, &program)) {
            sqlite3_reset(statement);
            return 0;
        }
    }
    return result;
}
