/* A process of a container, which knows itself by another number than the one that it has here.
 *
 * DESIGN. The kernel says which numbers a process has, from ours to its own, but not which process has a number of another name
 * space: all are looked through, once. What was found there is the whole truth about whatever was started before that, so
 * that another look is taken only for what was started later, however many ledgers of ended processes are asked about. */
#include "process_number.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "heap.h"
#include "process_file.h"
#include "process_stat.h"

enum { STATUS = 8192, PATH = 64, NANOSECONDS = 1000000000 };

struct nested {
    uint32_t here, own;
    uint64_t start_ticks;
};

static struct {
    struct nested *list; /* those of other name spaces alone */
    size_t count, room;
    uint64_t taken; /* in ticks since boot; what was started before that is in it */
} known;

static uint64_t ticks_now(void)
{
    struct timespec now;
    uint64_t ticks = (uint64_t)sysconf(_SC_CLK_TCK);
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * ticks + (uint64_t)now.tv_nsec * ticks / NANOSECONDS;
}

/* "NSpid:	4711	12	1": its numbers, from ours to its own. */
static uint32_t innermost(const char *status, bool *is_nested)
{
    static const char name[] = "\nNSpid:";
    const char *line = strstr(status, name), *last;
    if (line == NULL)
        return 0;
    line += strlen(name);
    size_t length = strcspn(line, "\n");
    for (last = line + length; last > line && last[-1] != '\t';)
        last--;
    *is_nested = last > line + 1;
    return (uint32_t)strtoul(last, NULL, 10);
}

static uint32_t read_own(uint32_t here, bool *is_nested)
{
    char status[STATUS];
    *is_nested = false;
    return process_file__read(here, "status", status, sizeof status) ? innermost(status, is_nested) : 0;
}

uint32_t process_number__own(uint32_t here)
{
    bool is_nested;
    return read_own(here, &is_nested);
}

static void take(uint32_t here)
{
    struct process_stat stat;
    bool is_nested;
    uint32_t own = read_own(here, &is_nested);
    if (!is_nested || own == 0 || !process_stat__read(&stat, here))
        return;
    known.list = heap__room(known.list, known.count, &known.room, sizeof *known.list);
    known.list[known.count++] = (struct nested){here, own, stat.start_ticks};
}

static void take_all(void)
{
    DIR *processes = opendir("/proc");
    known.count = 0;
    known.taken = ticks_now();
    for (const struct dirent *entry; processes != NULL && (entry = readdir(processes)) != NULL;)
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
            take((uint32_t)strtoul(entry->d_name, NULL, 10));
    if (processes != NULL)
        closedir(processes);
}

static bool has_mapped(uint32_t here, uint64_t inode)
{
    char path[PATH], *line = NULL;
    size_t room = 0;
    uint64_t found = 0;
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/maps", here);
    FILE *maps = fopen(path, "re");
    while (maps != NULL && found != inode && getline(&line, &room, maps) > 0)
        if (sscanf(line, "%*s %*s %*s %*s %" SCNu64, &found) != 1)
            found = 0;
    if (maps != NULL)
        fclose(maps);
    free(line);
    return inode != 0 && found == inode;
}

uint32_t process_number__here(uint32_t own, uint64_t start_ticks, uint64_t inode)
{
    uint32_t first = 0;
    if (start_ticks > ticks_now())
        return 0;
    if (start_ticks >= known.taken)
        take_all();
    for (size_t i = 0; i < known.count; i++) {
        const struct nested *each = &known.list[i];
        if (each->own != own || each->start_ticks != start_ticks || !process_stat__runs(each->here, start_ticks))
            continue;
        if (has_mapped(each->here, inode))
            return each->here;
        first = first == 0 ? each->here : first;
    }
    return first;
}

/* Is that file another one there? False where it cannot be seen. */
static bool differs(uint32_t here, const char *name, const char *ours)
{
    char path[PATH];
    struct stat own, theirs;
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/%s", here, name);
    return stat(path, &theirs) == 0 && stat(ours, &own) == 0 &&
           (own.st_dev != theirs.st_dev || own.st_ino != theirs.st_ino);
}

char *process_number__root(uint32_t here)
{
    if (!differs(here, "ns/mnt", "/proc/self/ns/mnt") && !differs(here, "root/", "/"))
        return NULL;
    return heap__printed("/proc/%" PRIu32 "/root", here);
}
