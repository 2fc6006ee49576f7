/* Reads /proc/PID/task/TID/children. */
#include "children.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/process_stat.h"

struct list {
    uint32_t *pids;
    size_t count, room;
};

static bool has_library(uint32_t pid)
{
    char path[64], line[4096 + 256];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/maps", pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && !found && fgets(line, sizeof line, file) != NULL)
        found = strstr(line, "/libleakwatch.so") != NULL;
    if (file != NULL)
        fclose(file);
    return found;
}

/* This command, or one between it and the process. */
static bool is_asking(uint32_t pid, uint32_t process)
{
    struct process_stat stat;
    uint32_t at = (uint32_t)getpid();
    while (at != pid && at != process && at != 0)
        at = process_stat__read(&stat, at) ? stat.parent : 0;
    return at == pid;
}

static void add(struct list *list, uint32_t pid, uint32_t process)
{
    struct process_stat stat;
    if (!process_stat__read(&stat, pid) || stat.state == 'Z' || stat.state == 'X' || has_library(pid) ||
        is_asking(pid, process))
        return;
    list->pids = heap__room(list->pids, list->count, &list->room, sizeof list->pids[0]);
    list->pids[list->count++] = pid;
}

static void add_of_thread(struct list *list, uint32_t pid, const char *thread)
{
    char path[64];
    uint32_t child;
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/task/%.20s/children", pid, thread);
    FILE *file = fopen(path, "re");
    while (file != NULL && fscanf(file, "%" SCNu32, &child) == 1)
        add(list, child, pid);
    if (file != NULL)
        fclose(file);
}

uint32_t *children__unwatched(uint32_t pid, size_t *count)
{
    struct list list = {.pids = NULL};
    char path[64];
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/task", pid);
    DIR *directory = opendir(path);
    for (const struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;)
        if (isdigit((unsigned char)entry->d_name[0]))
            add_of_thread(&list, pid, entry->d_name);
    if (directory != NULL)
        closedir(directory);
    *count = list.count;
    return list.pids;
}
