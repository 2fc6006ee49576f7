/* The tables of a store, and the way from each version of them to the next. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include <sqlite3.h>

#define SCHEMA_APPLICATION 0x6c776873 /* "lwhs": tells a store from SQLite's other files */

extern const int schema__version; /* that this leakwatch writes */

/* In a transaction of the caller's: from the version `from` (0: an empty file) to this one. An SQLite result. */
int schema__migrate(sqlite3 *database, int from);

#endif
