/* Statements in SQL, prepared once, and their values. */
#ifndef STORE_STATEMENT_H
#define STORE_STATEMENT_H

#include <stdint.h>

#include "private.h"

struct value {
    enum { VALUE_NUMBER, VALUE_TEXT, VALUE_REAL } type;
    sqlite3_int64 number;
    double real;
    const char *text; /* must outlive the statement's run; NULL: "" */
};

static inline struct value number_value(int64_t number)
{
    return (struct value){.type = VALUE_NUMBER, .number = number};
}

static inline struct value count_value(uint64_t count)
{
    return number_value(count > INT64_MAX ? INT64_MAX : (int64_t)count);
}

static inline struct value text_value(const char *text)
{
    return (struct value){.type = VALUE_TEXT, .text = text ? text : ""};
}

static inline struct value real_value(double real)
{
    return (struct value){.type = VALUE_REAL, .real = real};
}

/* The statement with its values, ready to be stepped through; NULL: it failed. The SQL is a literal. To be reset. */
sqlite3_stmt *statement__start(struct store *store, const char *sql, const struct value *values, size_t count,
                               struct store_error *error);

/* Runs it. `answer`: the first column of its first row, and left alone where there is none; NULL: it is not wanted. */
int statement__run(struct store *store, const char *sql, const struct value *values, size_t count,
                   sqlite3_int64 *answer, struct store_error *error);

/* The next row of a statement: 1, 0 behind the last one (it is reset), -1 where it failed (likewise). */
int statement__next(struct store *store, sqlite3_stmt *statement, struct store_error *error);

void statement__finish_all(struct store *store);

#define VALUES(...)                                                                                                    \
    (const struct value[]){__VA_ARGS__}, sizeof((const struct value[]){__VA_ARGS__}) / sizeof(struct value)

#endif
