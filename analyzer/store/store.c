/* The file: made, opened, closed. */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/heap.h"
#include "private.h"
#include "schema.h"
#include "statement.h"

/* How long one that writes waits for others, in milliseconds: each of them writes for a few, and a crowd on a busy machine
 * takes its time. */
enum { PATIENCE = 120000, PAUSE = 20 };

/* NORMAL: in WAL mode the file is forced to disk when the log is carried over, every 1,000 pages or so, and not at each
 * commit: 5,000 ledgers would take minutes. A crash of the process loses nothing that was committed, one of the machine
 * the runs of the last moments; the file is sound after either. */
static const char settings[] = "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;";

/* ---- Failures ---------------------------------------------------------------------------------------------------- */

static int fail(struct store_error *error, const char *path, const char *what)
{
    snprintf(error->text, sizeof error->text, "%s: %s", path, what);
    return -1;
}

int store__fail(const struct store *store, struct store_error *error)
{
    int code = sqlite3_extended_errcode(store->database);
    const char *what = sqlite3_errmsg(store->database);
    switch (code & 0xff) {
    case SQLITE_FULL:
        what = "there is no room left on the disk; the runs that were added before stay";
        break;
    case SQLITE_NOTADB:
        what = "this is no store of leakwatch's";
        break;
    case SQLITE_CORRUPT:
        what = "the store is damaged; sqlite3's .recover may save what is in it";
        break;
    case SQLITE_BUSY:
        what = "another process has been writing to the store for too long";
        break;
    case SQLITE_IOERR:
        if (code == SQLITE_IOERR_SHMSIZE || sqlite3_system_errno(store->database) == ENOSPC)
            what = "there is no room left on the disk; the runs that were added before stay";
        break;
    default:
        break;
    }
    return fail(error, store->path, what);
}

/* ---- Transactions ------------------------------------------------------------------------------------------------ */

static int execute(struct store *store, const char *sql, struct store_error *error)
{
    return sqlite3_exec(store->database, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : store__fail(store, error);
}

int store__begin(struct store *store, struct store_error *error)
{
    return execute(store, "BEGIN IMMEDIATE", error);
}

int store__end(struct store *store, int result, struct store_error *error)
{
    if (result == 0)
        result = execute(store, "COMMIT", error);
    if (result != 0 && sqlite3_get_autocommit(store->database) == 0) /* some failures end it themselves */
        sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
    return result;
}

/* ---- What the file is -------------------------------------------------------------------------------------------- */

struct nature {
    sqlite3_int64 application, version, objects; /* objects: tables and the like */
};

static int see(struct store *store, struct nature *nature, struct store_error *error)
{
    return statement__run(store, "PRAGMA application_id", NULL, 0, &nature->application, error) == 0 &&
                   statement__run(store, "PRAGMA user_version", NULL, 0, &nature->version, error) == 0 &&
                   statement__run(store, "SELECT count(*) FROM sqlite_schema", NULL, 0, &nature->objects, error) == 0
               ? 0
               : -1;
}

/* All of it at one moment: another writer may be making the tables. */
static int see_at_once(struct store *store, struct nature *nature, struct store_error *error)
{
    if (execute(store, "BEGIN", error) != 0)
        return -1;
    return store__end(store, see(store, nature, error), error);
}

static bool is_empty(const struct nature *nature)
{
    return nature->application == 0 && nature->version == 0 && nature->objects == 0;
}

static int check(const struct store *store, const struct nature *nature, enum store_use use, struct store_error *error)
{
    if (is_empty(nature))
        return use == STORE_WRITE ? 0 : fail(error, store->path, "nothing has been added to this store yet");
    if (nature->application != SCHEMA_APPLICATION)
        return fail(error, store->path, "this is no store of leakwatch's, but another program's SQLite file");
    if (nature->version > schema__version)
        return fail(error, store->path, "the store is of a later version of leakwatch; it is left as it is");
    if (nature->version < schema__version && use == STORE_READ)
        return fail(error, store->path, "the store is of an earlier version; leakwatch store add brings it up to date");
    return 0;
}

/* SQLite does not wait by itself where others do the same at the same moment. */
static int log_ahead(struct store *store, struct store_error *error)
{
    int result = SQLITE_BUSY;
    for (int waited = 0; result == SQLITE_BUSY && waited < PATIENCE; waited += PAUSE) {
        sqlite3_stmt *statement;
        result = sqlite3_prepare_v2(store->database, "PRAGMA journal_mode = WAL", -1, &statement, NULL);
        if (result == SQLITE_OK)
            result = sqlite3_step(statement);
        bool is_on = result == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(statement, 0), "wal") == 0;
        sqlite3_finalize(statement);
        if (is_on)
            return 0;
        if (result == SQLITE_ROW)
            return fail(error, store->path, "several cannot write to a store on this file system; put it elsewhere");
        result &= 0xff;
        usleep(result == SQLITE_BUSY ? PAUSE * 1000 : 0);
    }
    return store__fail(store, error);
}

/* Who comes second finds it done. */
static int bring_up_to_date(struct store *store, struct store_error *error)
{
    struct nature nature;
    if (store__begin(store, error) != 0)
        return -1;
    int result = see(store, &nature, error);
    if (result == 0)
        result = check(store, &nature, STORE_WRITE, error);
    if (result == 0 && schema__migrate(store->database, (int)nature.version) != SQLITE_OK)
        result = store__fail(store, error);
    return store__end(store, result, error);
}

static int prepare(struct store *store, enum store_use use, struct store_error *error)
{
    struct nature nature;
    sqlite3_extended_result_codes(store->database, 1);
    sqlite3_busy_timeout(store->database, PATIENCE);
    if (see_at_once(store, &nature, error) != 0 || check(store, &nature, use, error) != 0)
        return -1;
    if (use == STORE_READ)
        return execute(store, "PRAGMA query_only = ON", error);
    /* Before there are tables: what is forgotten can be given back to the file system. */
    if (is_empty(&nature) && execute(store, "PRAGMA auto_vacuum = INCREMENTAL", error) != 0)
        return -1;
    if (log_ahead(store, error) != 0 || execute(store, settings, error) != 0)
        return -1;
    return nature.version < schema__version ? bring_up_to_date(store, error) : 0;
}

/* ---- Opening ----------------------------------------------------------------------------------------------------- */

/* It says what programs ran with which arguments: nobody else's business. SQLite makes the files beside it alike. */
static int touch(const char *path, enum store_use use, struct store_error *error)
{
    struct stat status;
    int fd = open(
        path, use == STORE_WRITE ? O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK : O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0600);
    if (fd < 0)
        return fail(error, path,
                    errno == ENOENT && use == STORE_READ ? "there is no store here; leakwatch store add makes one"
                                                         : strerror(errno));
    bool is_file = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    close(fd);
    return is_file ? 0 : fail(error, path, "this is no file that could be a store");
}

/* Where nothing can be made beside the file, as on a disk that is mounted read-only, there is no room for the log's index:
 * it is read as it stands, unless there is a log, which would be missing. */
static bool is_fixed(const char *path)
{
    char *log = heap__printed("%s-wal", path), *directory = heap__copied(path);
    *(strrchr(directory, '/') + 1) = '\0';
    bool is_fixed = access(directory, W_OK) != 0 && access(log, F_OK) != 0;
    free(log);
    free(directory);
    return is_fixed;
}

/* As part of a URI. */
static char *quoted(const char *path)
{
    char *text = heap__zeroed(3 * strlen(path) + 1, 1), *out = text;
    for (const char *at = path; *at != '\0'; at++)
        out += sprintf(out, strchr("%?#", *at) != NULL ? "%%%02x" : "%c", (unsigned char)*at);
    return text;
}

/* ":memory:" and "file:" mean something to SQLite; not so below a directory. Who only reads wants the right to write all
 * the same: the log's index is memory that is shared with those who write. */
static int connect(struct store *store, enum store_use use)
{
    char *path = heap__printed("%s%s", store->path[0] == '/' ? "" : "./", store->path), *quote = quoted(path);
    bool can_write = use == STORE_WRITE || access(path, W_OK) == 0;
    char *uri = heap__printed("file:%s%s", quote, use == STORE_READ && is_fixed(path) ? "?immutable=1" : "");
    int result = sqlite3_open_v2(uri, &store->database,
                                 SQLITE_OPEN_URI | (can_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY), NULL);
    free(uri);
    free(quote);
    free(path);
    return result;
}

/* A file that was made and came to nothing. */
static void remove_empty(const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0)
        unlink(path);
}

int store__open(struct store **store, const char *path, enum store_use use, struct store_error *error)
{
    bool is_new = use == STORE_WRITE && access(path, F_OK) != 0;
    *store = NULL;
    if (touch(path, use, error) != 0)
        return -1;
    struct store *new = heap__zeroed(1, sizeof(*new));
    new->path = heap__copied(path);
    if (connect(new, use) != SQLITE_OK ? store__fail(new, error) : prepare(new, use, error)) {
        store__close(new);
        if (is_new)
            remove_empty(path);
        return -1;
    }
    *store = new;
    return 0;
}

void store__close(struct store *store)
{
    if (store == NULL)
        return;
    statement__finish_all(store);
    sqlite3_close(store->database);
    free(store->path);
    free(store);
}

const char *store__path(const struct store *store)
{
    return store->path;
}

/* ---- Where it lies ----------------------------------------------------------------------------------------------- */

static void make_directories(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700); /* that it cannot be made is said when the file cannot be opened */
        *slash = '/';
    }
}

char *store__usual_path(void)
{
    const char *named = getenv("LEAKWATCH_STORE"), *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    char *path = NULL;
    if (named != NULL && named[0] != '\0')
        return heap__copied(named);
    if (state != NULL && state[0] == '/')
        path = heap__printed("%s/leakwatch/history.db", state);
    else if (home != NULL && home[0] == '/')
        path = heap__printed("%s/.local/state/leakwatch/history.db", home);
    if (path != NULL)
        make_directories(path);
    return path;
}

/* ---- Forgetting -------------------------------------------------------------------------------------------------- */

int store__forget(struct store *store, int64_t moment, size_t *runs, struct store_error *error)
{
    static const char *const orphans[] = {
        "DELETE FROM programs WHERE id NOT IN (SELECT program FROM runs)",
        "DELETE FROM builds WHERE id NOT IN (SELECT build FROM runs)",
        "DELETE FROM sites WHERE id NOT IN (SELECT site FROM site_looks)",
    };
    *runs = 0;
    if (store__begin(store, error) != 0)
        return -1;
    int result = statement__run(store, "DELETE FROM runs WHERE seen < ?", VALUES(number_value(moment)), NULL, error);
    *runs = result == 0 ? (size_t)sqlite3_changes(store->database) : 0;
    for (size_t i = 0; *runs > 0 && i < sizeof orphans / sizeof orphans[0] && result == 0; i++)
        result = statement__run(store, orphans[i], NULL, 0, NULL, error);
    result = store__end(store, result, error);
    if (result == 0 && *runs > 0)
        result = execute(store, "PRAGMA incremental_vacuum", error);
    return result;
}
