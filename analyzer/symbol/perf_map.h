/* The map that a compiler at run time writes for perf: which function lies where, a line each, "START SIZE NAME". */
#ifndef PERF_MAP_H
#define PERF_MAP_H

#include <stddef.h>
#include <stdint.h>

struct pool;

/* Whose map it has to be. */
struct perf_map_owner {
    uint32_t uid;
    double start; /* seconds since 1970 */
    double end;   /* 0: it runs, or that is not known */
};

struct perf_map_place {
    uint64_t address;
    const char *name;     /* of the function that lay there; NULL: none that is known */
    uint64_t name_offset; /* while it is read: 1 + where in the file that stands */
};

/* Names the places, which stand in the order of their addresses. Of lines that overlap the later one holds. NULL where there
 * is no such file, or all is well; else what is wrong with it: then nothing, or not everything, has a name. */
const char *perf_map__read(const char *path, const struct perf_map_owner *owner, struct perf_map_place *places,
                           size_t count, struct pool *pool);

#endif
