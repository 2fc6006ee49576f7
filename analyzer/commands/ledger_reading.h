/* Ledgers read into a reporting, one after the other: a file may be one ledger or many that were merged.
 *
 * A process that was killed in its first moments leaves a file that was never begun. Among others, in a directory or a
 * merged file, such files are counted, told of in one line, and left out; one that is named itself cannot be read. */
#ifndef LEDGER_READING_H
#define LEDGER_READING_H

#include "ledger_arguments.h"
#include "reporting.h"

struct ledger_reading {
    struct reporting *reporting;
    const struct seen_end *seen; /* NULL: none */
    size_t read, failed;
    size_t never_began;
};

/* What cannot be read is said in one line, and counted in `failed`. */
void ledger_reading__named(struct ledger_reading *reading, const struct ledger_list *files);
void ledger_reading__found(struct ledger_reading *reading, const struct ledger_list *files);
void ledger_reading__arguments(struct ledger_reading *reading, const struct ledger_arguments *arguments);
/* When all have been read: says how many never began. */
void ledger_reading__finish(const struct ledger_reading *reading);

#endif
