/* Lines of source files, to be quoted in a report. */
#include "lines.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/table.h"
#include "path.h"

enum { LARGEST_FILE = 4 << 20, ALL_FILES = 64 << 20 };

struct source_file {
    char *path;
    char *text; /* NULL: it cannot be quoted */
    size_t length;
    time_t changed;
    UT_hash_handle hh;
};

struct source_lines {
    char *root;                /* without links; NULL: none */
    struct source_file *files; /* by path */
    size_t held;               /* bytes of all */
};

struct source_lines *source_lines__new(const char *root)
{
    struct source_lines *lines = heap__zeroed(1, sizeof(*lines));
    lines->root = root ? realpath(root, NULL) : NULL;
    return lines;
}

void source_lines__free(struct source_lines *lines)
{
    struct source_file *file, *next;
    HASH_ITER(hh, lines->files, file, next) {
        HASH_DEL(lines->files, file);
        free(file->path);
        free(file->text);
        free(file);
    }
    free(lines->root);
    free(lines);
}

static int open_below(const struct source_lines *lines, const char *path)
{
    char *joined = source_path__join(lines->root, path), *real = realpath(joined, NULL);
    int fd = -1;
    bool is_all = strcmp(lines->root, "/") == 0;
    if (real != NULL && (is_all || source_path__below(real, lines->root) != real))
        fd = open(real, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
    free(real);
    free(joined);
    return fd;
}

static void read_whole(struct source_file *file, int fd, size_t size)
{
    file->text = heap__zeroed(size + 1, 1);
    while (file->length < size) {
        ssize_t length = read(fd, file->text + file->length, size - file->length);
        if (length <= 0)
            break;
        file->length += (size_t)length;
    }
}

static void load(struct source_lines *lines, struct source_file *file)
{
    struct stat status;
    int fd = lines->root ? open_below(lines, file->path) : -1;
    if (fd < 0)
        return;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= LARGEST_FILE &&
        lines->held + (size_t)status.st_size <= ALL_FILES) {
        file->changed = status.st_mtime;
        read_whole(file, fd, (size_t)status.st_size);
        lines->held += file->length;
    }
    close(fd);
}

static const struct source_file *get_file(struct source_lines *lines, const char *path)
{
    struct source_file *file;
    HASH_FIND_STR(lines->files, path, file);
    if (file == NULL) {
        file = heap__zeroed(1, sizeof(*file));
        file->path = heap__copied(path);
        load(lines, file);
        HASH_ADD_KEYPTR(hh, lines->files, file->path, strlen(file->path), file);
    }
    return file;
}

static size_t line_length(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    return (size_t)((newline ? newline : end) - at);
}

static void add_line(struct source_excerpt *excerpt, const char *at, size_t length)
{
    if (length > 0 && at[length - 1] == '\r')
        length--;
    excerpt->lines[excerpt->count] = at;
    excerpt->lengths[excerpt->count++] = length < SOURCE_LINE_SHOWN ? length : SOURCE_LINE_SHOWN;
}

struct source_excerpt source_lines__around(struct source_lines *lines, const char *path, int line)
{
    const struct source_file *file = get_file(lines, path);
    int first = line > SOURCE_LINES / 2 ? line - SOURCE_LINES / 2 : 1, number = 1;
    struct source_excerpt excerpt = {.first = first, .changed = file->changed};
    if (file->text == NULL)
        return excerpt;
    const char *at = file->text, *end = at + file->length;
    for (; at < end && excerpt.count < SOURCE_LINES && line > 0; number++) {
        size_t length = line_length(at, end);
        if (number >= first)
            add_line(&excerpt, at, length);
        at += length + 1;
    }
    if (number <= line) /* the file ends before it: it is another one by now */
        excerpt.count = 0;
    return excerpt;
}

bool source_excerpt__is_newer(const struct source_excerpt *excerpt, double run)
{
    return run > 0 && excerpt->changed > (time_t)run;
}
