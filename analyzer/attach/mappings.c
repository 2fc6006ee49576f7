/* Reads /proc/PID/maps. */
#include "mappings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* "7f01-7f02 r-xp 00001000 fd:01 1234    /lib/x.so" */
static bool parse(char *line, struct mapping *mapping)
{
    uint64_t offset;
    int path = 0;
    line[strcspn(line, "\n")] = '\0';
    if (sscanf(line, "%" SCNx64 "-%*x %*s %" SCNx64 " %*s %*s %n", &mapping->start, &offset, &path) < 2 || path == 0)
        return false;
    mapping->path = line + path;
    return mapping->path[0] == '/' && offset == 0;
}

bool mappings__each(uint32_t pid, void (*take)(void *context, const struct mapping *mapping), void *context)
{
    char path[64], line[4096 + 256];
    struct mapping mapping;
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/maps", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    while (fgets(line, sizeof line, file) != NULL)
        if (parse(line, &mapping))
            take(context, &mapping);
    bool is_read = ferror(file) == 0;
    fclose(file);
    return is_read;
}
