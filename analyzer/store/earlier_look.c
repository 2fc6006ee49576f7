/* What an earlier look at a process had said of one of its sites. */
#include "earlier_look.h"

#include <stdlib.h>

#include "shown.h"
#include "statement.h"

int store__earlier_look(struct store *store, const struct ledger *ledger, const char *fingerprint,
                        struct earlier_look *look, struct store_error *error)
{
    const struct lw_header *header = ledger__header(ledger);
    char *host = shown__new(header->host);
    *look = (struct earlier_look){.moment = 0};
    sqlite3_stmt *row = statement__start(
        store,
        "SELECT moment, beyond, old FROM runs JOIN looks ON looks.run = runs.id "
        "JOIN site_looks ON site_looks.look = looks.id JOIN sites ON sites.id = site_looks.site "
        "WHERE host = ? AND pid = ? AND start_ticks = ? AND start = ? AND image = ? AND sites.fingerprint = ? "
        "AND verdict = 'leaking' ORDER BY moment DESC LIMIT 1",
        VALUES(text_value(host), number_value(header->pid), count_value(header->start_ticks),
               count_value(header->start_realtime), number_value(header->image), text_value(fingerprint)),
        error);
    int result = row != NULL ? statement__next(store, row, error) : -1;
    if (result == 1) {
        *look = (struct earlier_look){.moment = sqlite3_column_int64(row, 0),
                                      .beyond = (uint64_t)sqlite3_column_int64(row, 1),
                                      .old = (uint64_t)sqlite3_column_int64(row, 2)};
        sqlite3_reset(row);
    }
    free(host);
    return result < 0 ? -1 : 0;
}
