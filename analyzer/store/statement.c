/* Statements in SQL, prepared once, and their values. */
#include "statement.h"

#include <stdlib.h>

static sqlite3_stmt *prepared(struct store *store, const char *sql, struct store_error *error)
{
    size_t at = 0;
    while (at < store->statement_count && store->statements[at].sql != sql)
        at++;
    if (at < store->statement_count)
        return store->statements[at].prepared;
    if (at == STATEMENTS)
        abort(); /* their number is known when this is compiled */
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v3(store->database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) {
        store__fail(store, error);
        return NULL;
    }
    store->statements[at].sql = sql;
    store->statements[at].prepared = statement;
    store->statement_count++;
    return statement;
}

static int bind(sqlite3_stmt *statement, int place, const struct value *value)
{
    if (value->type == VALUE_TEXT)
        return sqlite3_bind_text(statement, place, value->text, -1, SQLITE_STATIC);
    if (value->type == VALUE_REAL)
        return sqlite3_bind_double(statement, place, value->real);
    return sqlite3_bind_int64(statement, place, value->number);
}

sqlite3_stmt *statement__start(struct store *store, const char *sql, const struct value *values, size_t count,
                               struct store_error *error)
{
    sqlite3_stmt *statement = prepared(store, sql, error);
    for (size_t i = 0; statement != NULL && i < count; i++) {
        if (bind(statement, (int)i + 1, &values[i]) != SQLITE_OK) {
            store__fail(store, error);
            return NULL;
        }
    }
    return statement;
}

int statement__next(struct store *store, sqlite3_stmt *statement, struct store_error *error)
{
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        return 1;
    if (result != SQLITE_DONE)
        store__fail(store, error);
    sqlite3_reset(statement);
    return result == SQLITE_DONE ? 0 : -1;
}

int statement__run(struct store *store, const char *sql, const struct value *values, size_t count,
                   sqlite3_int64 *answer, struct store_error *error)
{
    sqlite3_stmt *statement = statement__start(store, sql, values, count, error);
    int result = statement != NULL ? statement__next(store, statement, error) : -1;
    if (result == 1) {
        if (answer != NULL)
            *answer = sqlite3_column_int64(statement, 0);
        sqlite3_reset(statement);
    }
    return result < 0 ? -1 : 0;
}

void statement__finish_all(struct store *store)
{
    for (size_t i = 0; i < store->statement_count; i++)
        sqlite3_finalize(store->statements[i].prepared);
    store->statement_count = 0;
}
