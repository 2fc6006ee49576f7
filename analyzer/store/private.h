/* What the files of this room share. */
#ifndef STORE_PRIVATE_H
#define STORE_PRIVATE_H

#include <sqlite3.h>

#include "store.h"

enum { STATEMENTS = 48 };

struct store {
    sqlite3 *database;
    char *path;
    struct {
        const char *sql; /* a literal: equal ones have one address */
        sqlite3_stmt *prepared;
    } statements[STATEMENTS];
    size_t statement_count;
};

/* What went wrong with the database, in one line. Returns -1. */
int store__fail(const struct store *store, struct store_error *error);

/* A transaction that writes. What is begun is ended: the result of what was done in it, or -1 where the end failed. */
int store__begin(struct store *store, struct store_error *error);
int store__end(struct store *store, int result, struct store_error *error);

#endif
