/* What the baseline of `leakwatch gate --baseline` lets a scope leave behind: for tests, which would fail because of it, and
 * be red, before the gate has judged it. C11 and C++11.
 *
 *     size_t left = leakwatch_scope_end(scope);
 *     if (left > leakwatch_known_leaks("Spool.IsClosed"))
 *         fprintf(stderr, "%zu are still held\n", left);
 */
#ifndef LEAKWATCH_BASELINE_H
#define LEAKWATCH_BASELINE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leakwatch/leakwatch.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LEAKWATCH__LINE 4096 /* bytes of a baseline's line at most */

struct leakwatch__entry {
    int is_of_scope; /* a scope-leak */
    size_t count;    /* of its findings */
    int is_rest;     /* what comes next belongs to the line before, which was too long */
};

/* "f, f.c (open), in Spool.IsClosed > load": in the scope, or in one within it. */
static inline int leakwatch__is_in(const char *where, const char *scope)
{
    const char *path = strstr(where, "), in ");
    size_t length = strlen(scope);
    if (!path || strncmp(path + 6, scope, length) != 0)
        return 0;
    path += 6 + length;
    return path[0] == '\0' || path[0] == '\n' || strncmp(path, " > ", 3) == 0;
}

/* How many of the scope's this line adds. */
static inline size_t leakwatch__add_known(struct leakwatch__entry *entry, const char *line, const char *scope)
{
    const char *text = line + strspn(line, " \t");
    if (text[0] == '\0' || text[0] == '\n')
        return 0;
    if (text == line) {
        entry->is_of_scope = strncmp(line, "scope-leak ", 11) == 0;
        entry->count = 1;
    } else if (strncmp(text, "count ", 6) == 0) {
        entry->count = strtoul(text + 6, LEAKWATCH__NULL, 10);
    } else if (entry->is_of_scope && strncmp(text, "where ", 6) == 0 && leakwatch__is_in(text, scope)) {
        return entry->count;
    }
    return 0;
}

/* How many resources the scope of that name may leave behind; 0 without a baseline. The gate judges them one by one. An
 * example stands above.
 */
static inline size_t leakwatch_known_leaks(const char *scope)
{
    struct leakwatch__entry entry = {0, 0, 0};
    const char *path = getenv("LEAKWATCH_BASELINE");
    FILE *file = path ? fopen(path, "re") : LEAKWATCH__NULL;
    char line[LEAKWATCH__LINE];
    size_t known = 0;
    while (file && fgets(line, LEAKWATCH__AS(int, sizeof line), file)) {
        if (!entry.is_rest)
            known += leakwatch__add_known(&entry, line, scope);
        entry.is_rest = !strchr(line, '\n');
    }
    if (file)
        fclose(file);
    return known;
}

#ifdef __cplusplus
}
#endif

#endif
