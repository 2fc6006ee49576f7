/* Copies the used part of a ledger into memory, so that whatever its writer does next cannot hurt the reader. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private.h"

enum { PIECE = 16 * LEDGER_PAGE };

static const struct {
    mode_t type;
    const char *name;
} other_types[] = {
    {S_IFDIR, "a directory"},        {S_IFIFO, "a FIFO"},         {S_IFSOCK, "a socket"},
    {S_IFCHR, "a character device"}, {S_IFBLK, "a block device"},
};

static int refuse_type(const char *path, mode_t mode, struct ledger_error *error)
{
    const char *name = "no regular file";
    for (size_t i = 0; i < sizeof other_types / sizeof other_types[0]; i++)
        if ((mode & S_IFMT) == other_types[i].type)
            name = other_types[i].name;
    return ledger__fail(error, path, "this is %s, not a ledger: name a file that ends in %s", name, LW_SUFFIX);
}

static int refuse_open(const char *path, struct ledger_error *error)
{
    switch (errno) {
    case ENOENT:
        error->why = LEDGER_NOT_THERE;
        return ledger__fail(error, path, "cannot be opened: %s", strerror(ENOENT));
    case EACCES:
    case EPERM:
        return ledger__fail(error, path, "cannot be read (%s): a ledger belongs to the user whose program wrote it",
                            strerror(errno));
    case ENXIO:
        return refuse_type(path, S_IFSOCK, error);
    default:
        return ledger__fail(error, path, "cannot be opened: %s", strerror(errno));
    }
}

static int refuse_empty(const char *path, struct ledger_error *error)
{
    error->why = LEDGER_NEVER_BEGAN;
    return ledger__fail(error, path, "is empty: its process ended before it could write, or the disk was full");
}

int snapshot__open_file(const char *path, struct ledger_error *error)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return refuse_open(path, error);
    struct stat status;
    int result = 0;
    if (fstat(fd, &status) != 0)
        result = ledger__fail(error, path, "cannot be looked at: %s", strerror(errno));
    else if (!S_ISREG(status.st_mode))
        result = refuse_type(path, status.st_mode, error);
    else if (status.st_size == 0)
        result = refuse_empty(path, error);
    if (result == 0)
        return fd;
    close(fd);
    return -1;
}

int snapshot__read(int fd, void *bytes, uint64_t size, uint64_t offset)
{
    unsigned char *at = bytes;
    while (size > 0) {
        ssize_t got = pread(fd, at, size, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0) {
            memset(at, 0, size);
            return 0;
        }
        at += got;
        offset += (uint64_t)got;
        size -= (uint64_t)got;
    }
    return 0;
}

/* The next stretch of data at or behind *start, as far as `size`; false where only a hole is left. File systems that
 * know no holes say that all is data. */
static bool next_extent(int fd, uint64_t size, uint64_t *start, uint64_t *end)
{
    off_t data = lseek(fd, (off_t)*start, SEEK_DATA);
    if (data < 0 && errno == ENXIO)
        return false;
    off_t hole = data < 0 ? -1 : lseek(fd, data, SEEK_HOLE);
    *start = data < 0 ? *start : (uint64_t)data;
    *end = hole <= data || (uint64_t)hole > size ? size : (uint64_t)hole;
    return *start < size;
}

/* Tables and blocks of slots are made large: much of a ledger is pages that were never written, and many file systems
 * call them data all the same. `bytes` is 0 already: what is left alone there takes no memory. */
static void copy_written(struct ledger *ledger, const unsigned char *from, uint64_t offset, uint64_t size)
{
    static const unsigned char zeros[LEDGER_PAGE];
    for (uint64_t length; size > 0; from += length, offset += length, size -= length) {
        uint64_t to_boundary = LEDGER_PAGE - offset % LEDGER_PAGE;
        length = size < to_boundary ? size : to_boundary;
        if (memcmp(from, zeros, length) == 0)
            continue;
        memcpy(ledger->bytes + offset, from, length);
        ledger->written[offset / LEDGER_PAGE] = true;
    }
}

void snapshot__forget_blanks(struct ledger *ledger)
{
    free(ledger->written);
    ledger->written = NULL;
}

static int read_written(struct ledger *ledger, int fd, uint64_t start, uint64_t end)
{
    unsigned char piece[PIECE];
    while (start < end) {
        uint64_t to_boundary = PIECE - start % PIECE;
        uint64_t size = end - start < to_boundary ? end - start : to_boundary;
        if (snapshot__read(fd, piece, size, start) != 0)
            return -1;
        if (ledger->pages)
            pages__put(ledger, piece, start, size);
        else
            copy_written(ledger, piece, start, size);
        start += size;
    }
    return 0;
}

static int copy_extents(struct ledger *ledger, int fd, struct ledger_error *error)
{
    uint64_t start = 0, end = 0, behind = 0;
    ledger->data = 0;
    while (start < ledger->size && next_extent(fd, ledger->size, &start, &end)) {
        pages__put_hole(ledger, behind, start);
        if (read_written(ledger, fd, start, end) != 0)
            return ledger__fail(error, ledger->path, "cannot be read: %s", strerror(errno));
        ledger->data += end - start;
        behind = start = end;
    }
    pages__put_hole(ledger, behind, ledger->size);
    return 0;
}

/* The header has been read, and size is the file's: from now on it is what is used. */
static int settle_size(struct ledger *ledger, struct ledger_error *error)
{
    if (header__check(ledger, error) != 0)
        return -1;
    if (ledger->header.used < ledger->size)
        ledger->size = ledger->header.used;
    ledger->missing = ledger->header.used - ledger->size;
    if (ledger->size > LEDGER_LIMIT)
        return ledger__fail(error, ledger->path,
                            "says that it holds %" PRIu64 " bytes: ledgers beyond 2 GiB are not read", ledger->size);
    return 0;
}

int snapshot__adopt(struct ledger *ledger, const struct ledger_copy *copy, struct ledger_error *error)
{
    size_t whole = copy->length < sizeof ledger->header ? copy->length : sizeof ledger->header;
    memcpy(&ledger->header, copy->bytes, whole);
    ledger->bytes = copy->bytes;
    ledger->size = copy->length;
    ledger->data = copy->data;
    ledger->is_copy = true;
    ledger->is_of_roll = copy->is_of_roll;
    ledger->moment = copy->moment;
    return settle_size(ledger, error);
}

int snapshot__look(struct ledger *ledger, int fd, struct ledger_error *error)
{
    struct stat status;
    memset(&ledger->header, 0, sizeof ledger->header);
    if (snapshot__read(fd, &ledger->header, sizeof ledger->header, 0) != 0 || fstat(fd, &status) != 0)
        return ledger__fail(error, ledger->path, "cannot be read: %s", strerror(errno));
    ledger->size = (uint64_t)status.st_size;
    ledger->device = status.st_dev;
    ledger->inode = status.st_ino;
    return settle_size(ledger, error);
}

int snapshot__copy(struct ledger *ledger, int fd, struct ledger_error *error)
{
    if (ledger->pages)
        return pages__make_room(ledger, error) == 0 ? copy_extents(ledger, fd, error) : -1;
    snapshot__forget_blanks(ledger);
    ledger->bytes = calloc(1, ledger->size);
    ledger->written = calloc(ledger->size / LEDGER_PAGE + 1, sizeof *ledger->written);
    if (!ledger->bytes || !ledger->written)
        return ledger__fail(error, ledger->path, "no memory for its %" PRIu64 " bytes", ledger->size);
    return copy_extents(ledger, fd, error);
}

int snapshot__take(struct ledger *ledger, int fd, struct ledger_error *error)
{
    return snapshot__look(ledger, fd, error) == 0 ? snapshot__copy(ledger, fd, error) : -1;
}

uint64_t snapshot__present(const struct ledger *ledger, uint64_t offset, uint64_t size, uint64_t count)
{
    if (offset < ledger->header.header_size || offset % 8 != 0 || offset >= ledger->size)
        return 0;
    uint64_t fit = (ledger->size - offset) / size;
    return fit < count ? fit : count;
}

void *snapshot__block(const struct ledger *ledger, uint64_t offset, uint64_t size)
{
    return snapshot__present(ledger, offset, size, 1) == 1 ? ledger->bytes + offset : NULL;
}
