/* Ledgers read one after the other and handed to who takes them: a file may be one ledger or many that were merged.
 *
 * A process that was killed in its first moments leaves a file that was never begun. Among others, in a directory or a
 * merged file, such files are counted, told of in one line, and left out; one that is named itself cannot be read.
 *
 * One ledger may be there twice: named twice, by links, as a copy, or beside a file that it was merged into. It is taken
 * once. */
#ifndef LEDGER_READING_H
#define LEDGER_READING_H

#include "findings/life.h"
#include "ledger_arguments.h"
#include "run/roll.h"

struct images;
struct symbols;

struct ledger_taker {
    void *context;
    /* One, which is closed afterwards; seen: as of the reading. */
    void (*take)(void *context, const struct ledger *ledger, const struct seen_end *seen);
    /* One that could not be read back: its path, and why. */
    void (*miss)(void *context, const char *text);
    struct symbols *symbols; /* those that are kept beside ledgers, or in a merged file, go there */
};

struct ledger_reading {
    struct ledger_taker taker;
    const struct seen_end *seen; /* NULL: none */
    size_t read;
    size_t failed;  /* could not be read, or only in part, because they were cut off */
    size_t damaged; /* of those read: cut off, or with records that lead nowhere */
    size_t never_began;
    bool takes_looks;      /* of a process there may be several, one after the other: all are handed out */
    struct images *images; /* those that were read; NULL: none yet */
    size_t again;          /* ledgers of images that were read already: not handed out, not counted in `read` */
    size_t unfinished;     /* processes of the run that go on: more may come */
    bool hung;             /* one of the run has been ended because it hung */
};

/* What cannot be read is said in one line, and counted in `failed`. */
void ledger_reading__found(struct ledger_reading *reading, const struct ledger_list *files);
/* Those that took nothing, as ledgers in which nothing stands. */
void ledger_reading__roll(struct ledger_reading *reading, const struct roll *roll);
void ledger_reading__arguments(struct ledger_reading *reading, const struct ledger_arguments *arguments);
/* Why what was read is not all that there was: "damaged" or "unreadable"; NULL: it is. */
const char *ledger_reading__trouble(const struct ledger_reading *reading);
/* When all have been read: says how many never began, and how many were given twice. */
void ledger_reading__finish(struct ledger_reading *reading);

#endif
