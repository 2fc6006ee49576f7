/* Reads many ledgers out of one file.
 *
 * DESIGN. Opening walks over all entries and runs without their bytes, so that a file that was cut off is refused as a
 * whole. Then one ledger after the other is put together in memory. What bounds memory is what the ledgers say they
 * are long, at most LEDGER_LIMIT; untouched pages of that cost nothing. */
#include "merged.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leakwatch/merged.h"
#include "private.h"

struct merged {
    char *path;
    int fd;
    uint64_t size; /* of the file */
    uint64_t at;   /* of the next entry */
    struct lw_merged_entry entry;
    unsigned char *symbols; /* NULL: it has none */
    uint64_t symbols_size;
    char *name;       /* "" for none */
    char *whole_name; /* with the file's path before it; NULL: not asked for */
};

static uint64_t padded(uint64_t length)
{
    return length + -length % LW_MERGED_ALIGN;
}

static int fail(const struct merged *merged, struct ledger_error *error, const char *what)
{
    return ledger__fail(error, merged->path, "damaged at byte %" PRIu64 ", nothing of it is used: %s", merged->at,
                        what);
}

/* Bytes of the file; -1 where it has not so many. */
static int get(const struct merged *merged, void *bytes, uint64_t length, uint64_t offset, struct ledger_error *error)
{
    if (offset > merged->size || length > merged->size - offset)
        return ledger__fail(error, merged->path, "cut off after %" PRIu64 " bytes; merge the ledgers again",
                            merged->size);
    if (snapshot__read(merged->fd, bytes, length, offset) != 0)
        return ledger__fail(error, merged->path, "cannot be read: %s", strerror(errno));
    return 0;
}

static uint64_t runs_at(const struct merged *merged)
{
    return merged->at + sizeof merged->entry + padded(merged->entry.name_length);
}

/* The next entry; its name is read, the ledger is not. */
static int read_entry(struct merged *merged, struct ledger_error *error)
{
    struct lw_merged_entry *entry = &merged->entry;
    if (get(merged, entry, sizeof *entry, merged->at, error) != 0)
        return -1;
    if (entry->mark != LW_MERGED_LEDGER && entry->mark != LW_MERGED_SYMBOLS && entry->mark != LW_MERGED_END)
        return fail(merged, error, "neither a ledger nor the end stands there");
    if (entry->name_length > LW_MERGED_NAME || entry->length > LEDGER_LIMIT || entry->stored % LW_MERGED_ALIGN != 0)
        return fail(merged, error, "a ledger cannot be as long as it says");
    if (get(merged, merged->name, entry->name_length, merged->at + sizeof *entry, error) != 0)
        return -1;
    merged->name[entry->name_length] = '\0';
    return 0;
}

/* Walks over the runs of the entry, which must fit it and follow each other; fills in the bytes, if there is room. The
 * pages that hold something are counted as a file system would. */
static int read_runs(struct merged *merged, unsigned char *bytes, uint64_t *data, struct ledger_error *error)
{
    enum { PAGE = 4096 };
    uint64_t at = runs_at(merged), end = at + merged->entry.stored, filled = 0, pages = 0;
    struct lw_merged_run run;
    for (*data = 0; at < end; at += sizeof run + padded(run.length)) {
        if (end - at < sizeof run || get(merged, &run, sizeof run, at, error) != 0)
            return end - at < sizeof run ? fail(merged, error, "a run of bytes does not fit its ledger") : -1;
        bool fits = run.offset >= filled && run.offset <= merged->entry.length &&
                    run.length <= merged->entry.length - run.offset && run.length > 0 &&
                    padded(run.length) <= end - at - sizeof run;
        if (!fits)
            return fail(merged, error, "a run of bytes does not fit its ledger");
        if (bytes != NULL && get(merged, bytes + run.offset, run.length, at + sizeof run, error) != 0)
            return -1;
        filled = run.offset + run.length;
        uint64_t first = run.offset / PAGE < pages ? pages : run.offset / PAGE;
        pages = (filled - 1) / PAGE + 1;
        *data += (pages - first) * PAGE;
    }
    if (*data > merged->entry.length)
        *data = merged->entry.length;
    return 0;
}

/* The file has as many bytes as it says: so many are asked of the heap at most. */
static int read_symbols(struct merged *merged, struct ledger_error *error)
{
    const struct lw_merged_entry *entry = &merged->entry;
    if (entry->name_length != 0 || entry->length == 0 || entry->stored != padded(entry->length) ||
        merged->symbols != NULL)
        return fail(merged, error, "its resolved symbols do not fit it");
    merged->symbols = malloc(entry->length);
    merged->symbols_size = entry->length;
    if (merged->symbols == NULL)
        return ledger__fail(error, merged->path, "no memory for its symbols");
    return get(merged, merged->symbols, entry->length, runs_at(merged), error);
}

static int check_entry(struct merged *merged, struct ledger_error *error)
{
    uint64_t data;
    if (merged->entry.stored > merged->size || runs_at(merged) > merged->size - merged->entry.stored)
        return ledger__fail(error, merged->path, "cut off after %" PRIu64 " bytes; merge the ledgers again",
                            merged->size);
    if (merged->entry.mark == LW_MERGED_SYMBOLS)
        return read_symbols(merged, error);
    return read_runs(merged, NULL, &data, error);
}

static void step(struct merged *merged)
{
    merged->at = runs_at(merged) + merged->entry.stored;
}

static int check_all(struct merged *merged, struct ledger_error *error)
{
    uint64_t count = 0;
    while (read_entry(merged, error) == 0) {
        if (merged->entry.mark == LW_MERGED_END && merged->entry.length != count)
            return fail(merged, error, "there are not as many ledgers as it says");
        if (merged->entry.mark == LW_MERGED_END)
            return 0;
        if (check_entry(merged, error) != 0)
            return -1;
        count += merged->entry.mark == LW_MERGED_LEDGER;
        step(merged);
    }
    return -1;
}

static int check_header(struct merged *merged, struct ledger_error *error)
{
    struct lw_merged_header header;
    struct stat status;
    if (fstat(merged->fd, &status) != 0)
        return ledger__fail(error, merged->path, "cannot be looked at: %s", strerror(errno));
    merged->size = (uint64_t)status.st_size;
    if (get(merged, &header, sizeof header, 0, error) != 0)
        return -1;
    if (header.magic != LW_MERGED_MAGIC || header.byte_order != LW_MERGED_BYTE_ORDER)
        return ledger__fail(error, merged->path, "these are no merged ledgers of this machine's byte order");
    if (header.major != LW_MERGED_MAJOR && header.major != LW_MERGED_MAJOR_BEFORE)
        return ledger__fail(error, merged->path,
                            "merged by another version of leakwatch (format %" PRIu32 ", this one reads %d): use that "
                            "version's leakwatch",
                            header.major, LW_MERGED_MAJOR);
    merged->at = sizeof header;
    return 0;
}

int merged__open(struct merged **merged, const char *path, struct ledger_error *error)
{
    *merged = NULL;
    error->why = LEDGER_UNREADABLE;
    int fd = snapshot__open_file(path, error);
    if (fd < 0)
        return -1;
    struct merged *opened = calloc(1, sizeof *opened);
    if (opened != NULL)
        *opened = (struct merged){.path = strdup(path), .fd = fd, .name = malloc(LW_MERGED_NAME + 1)};
    if (opened == NULL || opened->path == NULL || opened->name == NULL)
        ledger__fail(error, path, "no memory for reading it");
    else if (check_header(opened, error) == 0 && check_all(opened, error) == 0) {
        opened->at = sizeof(struct lw_merged_header);
        opened->entry = (struct lw_merged_entry){.mark = 0};
        *merged = opened;
        return 0;
    }
    if (opened == NULL)
        close(fd);
    merged__close(opened);
    return -1;
}

void merged__close(struct merged *merged)
{
    if (merged == NULL)
        return;
    close(merged->fd);
    free(merged->symbols);
    free(merged->whole_name);
    free(merged->name);
    free(merged->path);
    free(merged);
}

const unsigned char *merged__symbols(const struct merged *merged, uint64_t *size)
{
    *size = merged->symbols_size;
    return merged->symbols;
}

/* As of a file: what its process had used and was not there when it was merged. */
static uint64_t missing_of(const struct ledger_copy *copy)
{
    struct lw_header header;
    if (copy->bytes == NULL || copy->length < sizeof header || copy->moment != 0)
        return 0;
    memcpy(&header, copy->bytes, sizeof header);
    return header.magic == LW_MAGIC && header.used > copy->length ? header.used - copy->length : 0;
}

int merged__next_copy(struct merged *merged, const char **name, struct ledger_copy *copy, struct ledger_error *error)
{
    error->why = LEDGER_UNREADABLE;
    *copy = (struct ledger_copy){.bytes = NULL};
    do {
        if (merged->entry.mark == LW_MERGED_SYMBOLS)
            step(merged);
        if (read_entry(merged, error) != 0)
            return -1;
    } while (merged->entry.mark == LW_MERGED_SYMBOLS);
    if (merged->entry.mark == LW_MERGED_END)
        return 0;
    *name = merged->name;
    *copy = (struct ledger_copy){.length = merged->entry.length, .moment = merged->entry.moment};
    int result = 1;
    if (copy->length > 0) {
        copy->bytes = calloc(1, copy->length);
        result = copy->bytes == NULL ? ledger__fail(error, merged->path, "no memory for %s", merged->name)
                                     : read_runs(merged, copy->bytes, &copy->data, error);
        result = result == 0 ? 1 : -1;
    }
    if (result < 0) {
        free(copy->bytes);
        copy->bytes = NULL;
    }
    copy->missing = missing_of(copy);
    step(merged);
    return result;
}

int merged__next(struct merged *merged, struct ledger **ledger, struct ledger_error *error)
{
    struct ledger_copy copy;
    const char *name;
    int result = merged__next_copy(merged, &name, &copy, error);
    *ledger = NULL;
    if (result <= 0)
        return result;
    free(merged->whole_name);
    if (asprintf(&merged->whole_name, "%s:%s", merged->path, name) < 0) {
        merged->whole_name = NULL;
        free(copy.bytes);
        return ledger__fail(error, merged->path, "no memory for %s", name);
    }
    if (copy.bytes != NULL)
        return ledger__open_copy(ledger, merged->whole_name, &copy, error) == 0 ? 1 : -1;
    error->why = LEDGER_NEVER_BEGAN;
    return ledger__fail(error, merged->whole_name,
                        "is empty: its process ended before it could write, or the disk was full");
}
