/* Lines of source files, to be quoted in a report.
 *
 * Which files those are, the debugging information of the watched program says, and a report may be published: only
 * regular files below one directory are read, links that lead out of it are not followed, and there are limits to
 * all. */
#ifndef SOURCE_LINES_H
#define SOURCE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

enum { SOURCE_LINES = 5, SOURCE_LINE_SHOWN = 200 };

struct source_excerpt {
    int first;                       /* number of the first line */
    size_t count;                    /* 0: the source is not at hand */
    const char *lines[SOURCE_LINES]; /* not terminated */
    size_t lengths[SOURCE_LINES];    /* at most SOURCE_LINE_SHOWN */
    time_t changed;                  /* when the file was */
};

struct source_lines;

struct source_lines *source_lines__new(const char *root); /* NULL: nothing is at hand */
void source_lines__free(struct source_lines *lines);

/* The lines around this one of a file, an absolute path or one below the root. They live as long as the source_lines. */
struct source_excerpt source_lines__around(struct source_lines *lines, const char *path, int line);

/* Lines are those that were compiled only if the file has not changed since they ran: seconds since 1970; 0: not known. */
bool source_excerpt__is_newer(const struct source_excerpt *excerpt, double run);

#endif
