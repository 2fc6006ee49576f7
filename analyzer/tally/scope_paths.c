/* The scopes of all ledgers, by their paths and programs.
 *
 * DESIGN. Durations come in classes of a clock whose rate is each ledger's own. They are added up in classes of powers of
 * two of nanoseconds, so that a thousand ledgers cost one histogram. */
#include "scope_paths.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/heap.h"
#include "base/table.h"

enum { CLASSES = 64 };

#define NANOSECONDS 1e9

/* Both are of the pool: their addresses are the key. */
struct path_key {
    const char *text, *program;
};

struct path {
    struct path_key key;
    struct scope_summary summary;
    uint32_t last_process;
    uint64_t asked;              /* see scope_paths__of */
    uint64_t durations[CLASSES]; /* [k]: below 2^k ns */
    UT_hash_handle hh;
};

struct scope_paths {
    struct path *paths;
    struct scope_summary *list; /* NULL: not asked for yet */
    const char **programs;      /* by process; NULL: it had no scopes */
    size_t program_count, program_room;
    uint64_t asked; /* how often */
};

struct scope_paths *scope_paths__new(void)
{
    return heap__zeroed(1, sizeof(struct scope_paths));
}

void scope_paths__free(struct scope_paths *paths)
{
    struct path *path, *next;
    if (paths == NULL)
        return;
    HASH_ITER(hh, paths->paths, path, next) {
        HASH_DEL(paths->paths, path);
        free(path);
    }
    free(paths->list);
    free(paths->programs);
    free(paths);
}

static const char *kind_text(uint32_t kind)
{
    return kind == LW_SCOPE_THREAD ? "thread" : kind == LW_SCOPE_FUNCTION ? "function" : "named";
}

static unsigned class_of(double nanoseconds)
{
    unsigned class = 0;
    while (class < CLASSES - 1 && (double)(1ULL << class) < nanoseconds)
        class ++;
    return class;
}

static void add_durations(struct path *path, const struct lw_scope_count *count, double rate)
{
    for (unsigned i = 0; i < LW_DURATIONS && rate > 0; i++)
        if (count->durations[i] > 0)
            path->durations[class_of((double)(1ULL << (LW_DURATION_SHIFT + i)) / rate * NANOSECONDS)] +=
                count->durations[i];
}

static struct path *find(const struct scope_paths *paths, const char *text, const char *program)
{
    const struct path_key key = {text, program};
    struct path *path;
    HASH_FIND(hh, paths->paths, &key, sizeof(key), path);
    return path;
}

static struct path *path_of(struct scope_paths *paths, const char *text, const char *program, uint32_t kind)
{
    struct path *path = find(paths, text, program);
    if (path != NULL)
        return path;
    path = heap__zeroed(1, sizeof(*path));
    path->key = (struct path_key){text, program};
    path->summary = (struct scope_summary){.path = text,
                                           .program = program,
                                           .programs = HASH_START,
                                           .kind = kind_text(kind),
                                           .is_thread = kind == LW_SCOPE_THREAD};
    hash__text(&path->summary.programs, program);
    HASH_ADD(hh, paths->paths, key, sizeof(path->key), path);
    return path;
}

static void note_program(struct scope_paths *paths, const struct scope_owner *owner)
{
    while (paths->program_count <= owner->process) {
        paths->programs =
            heap__room(paths->programs, paths->program_count, &paths->program_room, sizeof(*paths->programs));
        paths->programs[paths->program_count++] = NULL;
    }
    paths->programs[owner->process] = owner->program;
}

void scope_paths__add(struct scope_paths *paths, const char *text, uint32_t kind, const struct scope_owner *owner,
                      const struct lw_scope_count *count, double rate)
{
    struct path *path = path_of(paths, text, owner->program, kind);
    struct scope_summary *summary = &path->summary;
    note_program(paths, owner);
    if (summary->processes == 0 || path->last_process != owner->process)
        summary->processes++;
    path->last_process = owner->process;
    summary->entered += count->entered;
    summary->ended += count->ended;
    summary->failed += count->failed;
    summary->left += count->left;
    summary->clean += count->clean;
    summary->most = count->most > summary->most ? count->most : summary->most;
    add_durations(path, count, rate);
}

/* The upper bound of the class in which so many of 100 have ended. */
static double percentile(const uint64_t *durations, unsigned percent)
{
    uint64_t total = 0, seen = 0;
    for (unsigned i = 0; i < CLASSES; i++)
        total += durations[i];
    for (unsigned i = 0; i < CLASSES && total > 0; i++) {
        seen += durations[i];
        if (seen * 100 >= total * percent)
            return (double)(1ULL << i) / NANOSECONDS;
    }
    return -1;
}

static int compare_counts(uint64_t a, uint64_t b)
{
    return a > b ? -1 : a < b;
}

static int worst_first(const void *left, const void *right)
{
    const struct scope_summary *a = left, *b = right;
    int order = compare_counts(a->left, b->left);
    if (order == 0)
        order = compare_counts(a->entered, b->entered);
    if (order == 0)
        order = strcmp(a->path, b->path);
    return order != 0 ? order : strcmp(a->program, b->program);
}

/* A path, from any of its names to any later one: 'request*' means "server > request > load" too. */
static bool matches_from(const char *pattern, const char *names)
{
    char *path = heap__copied(names), *end = path;
    bool matches = fnmatch(pattern, path, 0) == 0;
    while (!matches && (end = strstr(end, SCOPE_SEPARATOR)) != NULL) {
        *end = '\0';
        matches = fnmatch(pattern, path, 0) == 0;
        *end++ = SCOPE_SEPARATOR[0];
    }
    free(path);
    return matches;
}

bool scope__is_asked_for(const char *pattern, const char *path)
{
    bool matches = pattern == NULL;
    for (const char *names = path; names != NULL && !matches;) {
        matches = matches_from(pattern, names);
        names = strstr(names, SCOPE_SEPARATOR);
        names = names ? names + strlen(SCOPE_SEPARATOR) : NULL;
    }
    return matches;
}

const struct scope_summary *scope_paths__list(struct scope_paths *paths, const char *pattern, size_t *count)
{
    *count = 0;
    paths->list = heap__zeroed(HASH_COUNT(paths->paths), sizeof(*paths->list));
    for (const struct path *path = paths->paths; path != NULL; path = path->hh.next) {
        if (!scope__is_asked_for(pattern, path->key.text))
            continue;
        struct scope_summary *summary = &paths->list[(*count)++];
        *summary = path->summary;
        summary->median = percentile(path->durations, 50);
        summary->p99 = percentile(path->durations, 99);
    }
    qsort(paths->list, *count, sizeof(*paths->list), worst_first);
    return paths->list;
}

static void add_summary(struct scope_summary *whole, uint64_t *durations, const struct path *path)
{
    const struct scope_summary *part = &path->summary;
    if (whole->processes == 0) {
        whole->program = part->program;
        whole->kind = part->kind;
        whole->is_thread = part->is_thread;
    }
    whole->is_of_several = whole->processes > 0;
    whole->programs += part->programs;
    whole->processes += part->processes;
    whole->entered += part->entered;
    whole->ended += part->ended;
    whole->failed += part->failed;
    whole->left += part->left;
    whole->clean += part->clean;
    whole->most = part->most > whole->most ? part->most : whole->most;
    for (unsigned i = 0; i < CLASSES; i++)
        durations[i] += path->durations[i];
}

struct scope_summary scope_paths__of(struct scope_paths *paths, const char *text, const uint32_t *processes,
                                     size_t count)
{
    struct scope_summary whole = {.path = text};
    uint64_t durations[CLASSES] = {0};
    paths->asked++;
    for (size_t i = 0; i < count; i++) {
        const char *program = processes[i] < paths->program_count ? paths->programs[processes[i]] : NULL;
        struct path *path = find(paths, text, program);
        if (path == NULL || path->asked == paths->asked)
            continue;
        path->asked = paths->asked;
        add_summary(&whole, durations, path);
    }
    whole.median = percentile(durations, 50);
    whole.p99 = percentile(durations, 99);
    return whole;
}
