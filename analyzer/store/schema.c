/* The tables of a store, and the way from each version of them to the next.
 *
 * Times are nanoseconds since 1970. What has an end is forgotten by it; 0 is "not known". A step that has been released is
 * never changed: what is to be different is one more step. */
#include "schema.h"

#include <stdio.h>

static const char version_1[] =
    /* As baselines name them: the executable's last name, and the arguments, of paths their last names. */
    "CREATE TABLE programs ("
    "  id INTEGER PRIMARY KEY,"
    "  name TEXT NOT NULL UNIQUE,"
    "  executable TEXT NOT NULL);" /* its last name alone */
    "CREATE INDEX programs_by_executable ON programs (executable);"
    /* Of an executable: its build-id in hex; \"time:\" and when the file was changed, where it has none; \"\": not known. */
    "CREATE TABLE builds ("
    "  id INTEGER PRIMARY KEY,"
    "  name TEXT NOT NULL UNIQUE);"
    /* A process image, as the last look saw it. */
    "CREATE TABLE runs ("
    "  id INTEGER PRIMARY KEY,"
    "  program INTEGER NOT NULL REFERENCES programs,"
    "  build INTEGER NOT NULL REFERENCES builds,"
    "  host TEXT NOT NULL, pid INTEGER NOT NULL, start_ticks INTEGER NOT NULL, start INTEGER NOT NULL,"
    "  image INTEGER NOT NULL," /* how many exec calls came before in its process */
    "  path TEXT NOT NULL,"     /* of the executable */
    "  ledger TEXT NOT NULL,"   /* where it was read from */
    "  seen INTEGER NOT NULL,"  /* its end; of one that still ran, when it was looked at last */
    "  how TEXT NOT NULL,"      /* exit, signal, exec, killed, running */
    "  status INTEGER NOT NULL,"
    "  nofile_soft INTEGER NOT NULL, nofile_hard INTEGER NOT NULL,"
    "  peak INTEGER NOT NULL, open INTEGER NOT NULL,"
    "  look INTEGER NOT NULL DEFAULT 0," /* the last one */
    "  UNIQUE (host, pid, start_ticks, start, image));"
    "CREATE INDEX runs_by_program ON runs (program, start);"
    "CREATE INDEX runs_by_end ON runs (seen);"
    "CREATE TABLE looks ("
    "  id INTEGER PRIMARY KEY,"
    "  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,"
    "  moment INTEGER NOT NULL,"
    "  open INTEGER NOT NULL,"
    "  digest INTEGER NOT NULL," /* of all that it saw: the same again is not stored again */
    "  UNIQUE (run, moment));"
    /* A place that takes something, in all runs. */
    "CREATE TABLE sites ("
    "  id INTEGER PRIMARY KEY,"
    "  fingerprint TEXT NOT NULL UNIQUE,"
    "  kind TEXT NOT NULL," /* what it would be to never give it back: fd-leak */
    "  call TEXT NOT NULL,"
    "  scope TEXT NOT NULL,"
    "  place TEXT NOT NULL," /* function at file:line, as in the last run */
    "  module TEXT NOT NULL);"
    "CREATE TABLE site_looks ("
    "  look INTEGER NOT NULL REFERENCES looks ON DELETE CASCADE,"
    "  site INTEGER NOT NULL REFERENCES sites,"
    "  acquired INTEGER NOT NULL, released INTEGER NOT NULL, held INTEGER NOT NULL, peak INTEGER NOT NULL,"
    "  oldest INTEGER NOT NULL," /* birth of what is held longest */
    "  verdict TEXT NOT NULL,"   /* leaking, suspect, steady, load, for-life */
    "  reason TEXT NOT NULL,"
    "  rate REAL NOT NULL,"                            /* of what stays, in an hour: of what leaks, or is suspect */
    "  beyond INTEGER NOT NULL, old INTEGER NOT NULL," /* those held for longer than this (ns), and how many they are */
    "  PRIMARY KEY (look, site)) WITHOUT ROWID;"
    "CREATE INDEX site_looks_by_site ON site_looks (site);"
    /* What was found in a run, by its last look. */
    "CREATE TABLE findings ("
    "  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,"
    "  fingerprint TEXT NOT NULL,"
    "  kind TEXT NOT NULL,"
    "  level INTEGER NOT NULL," /* 0 note, 1 warning, 2 error */
    "  count INTEGER NOT NULL,"
    "  PRIMARY KEY (run, fingerprint)) WITHOUT ROWID;"
    "CREATE INDEX findings_by_fingerprint ON findings (fingerprint);";

/* The step at n leads from version n to n + 1. */
static const char *const steps[] = {version_1};

const int schema__version = (int)(sizeof steps / sizeof steps[0]);

int schema__migrate(sqlite3 *database, int from)
{
    char pragmas[96];
    int result = SQLITE_OK;
    for (int version = from; version < schema__version && result == SQLITE_OK; version++)
        result = sqlite3_exec(database, steps[version], NULL, NULL, NULL);
    snprintf(pragmas, sizeof pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %d;", SCHEMA_APPLICATION,
             schema__version);
    return result == SQLITE_OK ? sqlite3_exec(database, pragmas, NULL, NULL, NULL) : result;
}
