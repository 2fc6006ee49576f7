/* Reads perf's map of a process, whoever wrote it.
 *
 * DESIGN. It may be large, and few addresses are looked for: so it is read once, line by line, and each line is held
 * against the places. A name is kept as its place in the file until the last line has been seen. The file lies where
 * everybody may write, and its name is that of any process that had the number: its owner and its time have to fit. */
#include "perf_map.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/pool.h"

enum { LINE = 1024, NAMINGS_AT_MOST = 1 << 26 };

#define BYTES_AT_MOST (1ULL << 29)
#define SLACK 2.0 /* seconds: a file's time is the kernel's tick, and what is buffered is written behind our end */
#define NANOSECONDS 1e9

struct reading {
    FILE *file;
    uint64_t offset; /* of what is read next */
    uint64_t start;  /* of the line */
    char line[LINE]; /* as much of it as there is room for */
    size_t length;
    bool is_too_long;
};

/* False: the file has ended. What is left without a line's end was cut off, or is being written. */
static bool next_line(struct reading *reading)
{
    int byte;
    reading->start = reading->offset;
    reading->length = 0;
    while ((byte = getc_unlocked(reading->file)) != EOF) {
        reading->offset++;
        if (byte == '\n')
            break;
        if (reading->length + 1 < LINE)
            reading->line[reading->length++] = (char)byte;
    }
    reading->line[reading->length] = '\0';
    reading->is_too_long = reading->offset > BYTES_AT_MOST;
    return byte != EOF && !reading->is_too_long;
}

/* A number in hex and the blank behind it; NULL: there is none. */
static const char *read_number(const char *at, uint64_t *number)
{
    char *end;
    if (!isxdigit((unsigned char)*at))
        return NULL;
    errno = 0;
    *number = strtoull(at, &end, 16);
    return errno == 0 && *end == ' ' ? end + 1 : NULL;
}

static size_t first_from(const struct perf_map_place *places, size_t count, uint64_t address)
{
    size_t low = 0;
    while (low < count) {
        size_t middle = low + (count - low) / 2;
        if (places[middle].address < address)
            low = middle + 1;
        else
            count = middle;
    }
    return low;
}

/* How many places it names. */
static size_t take_line(const struct reading *reading, struct perf_map_place *places, size_t count)
{
    uint64_t start, size;
    const char *at = read_number(reading->line, &start);
    if (at == NULL || (at = read_number(at, &size)) == NULL || *at == '\0' || size == 0 || start + size < start)
        return 0;
    size_t first = first_from(places, count, start), i = first;
    for (; i < count && places[i].address < start + size; i++)
        places[i].name_offset = 1 + reading->start + (uint64_t)(at - reading->line);
    return i - first;
}

/* Bytes that are no text end it. */
static void name_place(FILE *file, struct perf_map_place *place, struct pool *pool)
{
    char name[LINE];
    if (place->name_offset == 0 || fseeko(file, (off_t)place->name_offset - 1, SEEK_SET) != 0 ||
        fgets(name, sizeof name, file) == NULL)
        return;
    name[strcspn(name, "\r\n")] = '\0';
    place->name = pool__text(pool, name);
}

static const char *read_lines(FILE *file, struct perf_map_place *places, size_t count, struct pool *pool)
{
    struct reading reading = {.file = file};
    size_t namings = 0;
    while (namings < NAMINGS_AT_MOST && next_line(&reading))
        namings += take_line(&reading, places, count);
    for (size_t i = 0; i < count; i++)
        name_place(file, &places[i], pool);
    if (reading.is_too_long)
        return "is larger than 512 MiB, and not read to its end";
    return namings >= NAMINGS_AT_MOST ? "names too much, and is not read to its end" : NULL;
}

/* What speaks against it. */
static const char *refuse(const struct stat *about, const struct perf_map_owner *owner)
{
    double changed = (double)about->st_mtim.tv_sec + (double)about->st_mtim.tv_nsec / NANOSECONDS;
    if (!S_ISREG(about->st_mode))
        return "is no file";
    if (about->st_uid != owner->uid && about->st_uid != 0)
        return "belongs to another user than its process, and is not used";
    if (changed + SLACK < owner->start)
        return "is older than its process, and is not used";
    return owner->end > 0 && changed > owner->end + SLACK ? "was written after its process had ended, and is not used"
                                                          : NULL;
}

const char *perf_map__read(const char *path, const struct perf_map_owner *owner, struct perf_map_place *places,
                           size_t count, struct pool *pool)
{
    struct stat about;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? NULL
               : errno == ELOOP                    ? "is a link, and is not used"
                                                   : strerror(errno);
    const char *wrong = fstat(fd, &about) != 0 ? strerror(errno) : refuse(&about, owner);
    FILE *file = wrong == NULL ? fdopen(fd, "r") : NULL;
    if (file == NULL) {
        close(fd);
        return wrong;
    }
    wrong = read_lines(file, places, count, pool);
    fclose(file);
    return wrong;
}
