/* The ledgers of a process that runs, by its number.
 *
 * DESIGN. A child has what its parent has mapped, so a ledger counts only if the process that its header names is this one:
 * by its number as leakwatch sees it, or as it sees itself in its own name space. The file is looked for where its path
 * leads, from here or from the process's own root, and last through what the kernel shows of the mapping, which root alone
 * may open but which is there when the file's name is gone. One that has ended has nothing mapped, but may have left what
 * it wrote. */
#include "mapped_ledgers.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/heap.h"
#include "base/process_number.h"
#include "ledger/read.h"
#include "left_ledgers.h"

struct mapping {
    char range[64]; /* as /proc/PID/map_files names it */
    ino_t inode;
    const char *path; /* in its line */
};

bool mapped_ledgers__is_number(const char *text, uint32_t *pid)
{
    char *end;
    if (text[0] < '1' || text[0] > '9')
        return false;
    unsigned long number = strtoul(text, &end, 10);
    *pid = (uint32_t)number;
    return *end == '\0' && number <= INT32_MAX;
}

static bool is_ledger(const char *path)
{
    const char *end = strstr(path, LW_SUFFIX);
    return end != NULL && (end[strlen(LW_SUFFIX)] == '\0' || strcmp(end + strlen(LW_SUFFIX), " (deleted)") == 0);
}

/* "7f01-7f02 rw-s 00000000 fd:01 1234    /tmp/x.lwl" */
static bool parse(char *line, struct mapping *mapping)
{
    unsigned long first, last, inode;
    int path = 0;
    line[strcspn(line, "\n")] = '\0';
    if (sscanf(line, "%lx-%lx %*s %*s %*s %lu %n", &first, &last, &inode, &path) < 3 || path == 0 ||
        !is_ledger(line + path))
        return false;
    snprintf(mapping->range, sizeof mapping->range, "%lx-%lx", first, last);
    mapping->inode = inode;
    mapping->path = line + path;
    return true;
}

/* The device may be another one here than there (btrfs, overlayfs). The header is looked at, too. */
static bool is_same_file(const char *path, const struct mapping *mapping)
{
    struct stat status;
    return stat(path, &status) == 0 && status.st_ino == mapping->inode;
}

/* NULL: it cannot be had. The caller frees it. */
static char *find(uint32_t pid, const struct mapping *mapping)
{
    char *paths[] = {heap__copied(mapping->path), heap__printed("/proc/%" PRIu32 "/root%s", pid, mapping->path),
                     heap__printed("/proc/%" PRIu32 "/map_files/%s", pid, mapping->range)};
    char *found = NULL;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (found == NULL && is_same_file(paths[i], mapping))
            found = paths[i];
        else
            free(paths[i]);
    }
    return found;
}

static bool is_listed(const struct ledger_list *list, ino_t inode)
{
    struct stat status;
    for (size_t i = 0; i < list->count; i++)
        if (stat(list->paths[i], &status) == 0 && status.st_ino == inode)
            return true;
    return false;
}

/* A ledger is mapped in several pieces. True: it is its own, and cannot be looked at. */
static bool take(struct ledger_list *list, uint32_t pid, uint32_t own, const struct mapping *mapping)
{
    struct lw_header header;
    char *path = find(pid, mapping);
    if (path == NULL)
        return true;
    bool is_closed = access(path, R_OK) != 0;
    if (!is_listed(list, mapping->inode) && ledger__peek(path, &header) && (header.pid == pid || header.pid == own))
        ledger_list__add(list, path);
    free(path);
    return is_closed;
}

/* Adds those that it has mapped. 0, or why it cannot be looked at. */
static int find_mapped(struct ledger_list *list, uint32_t pid, bool *is_hidden)
{
    char name[64], *line = NULL;
    size_t room = 0;
    struct mapping mapping;
    snprintf(name, sizeof name, "/proc/%" PRIu32 "/maps", pid);
    FILE *file = fopen(name, "re");
    int error = file != NULL ? 0 : errno;
    uint32_t own = process_number__own(pid);
    while (file != NULL && getline(&line, &room, file) > 0)
        if (parse(line, &mapping))
            *is_hidden |= take(list, pid, own, &mapping);
    if (file != NULL)
        fclose(file);
    free(line);
    return error;
}

void mapped_ledgers__add(struct ledger_list *list, uint32_t pid)
{
    bool is_hidden = false;
    find_mapped(list, pid, &is_hidden);
}

void mapped_ledgers__add_all(struct ledger_list *list)
{
    DIR *processes = opendir("/proc");
    const struct dirent *entry;
    uint32_t pid;
    while (processes != NULL && (entry = readdir(processes)) != NULL)
        if (mapped_ledgers__is_number(entry->d_name, &pid))
            mapped_ledgers__add(list, pid);
    if (processes != NULL)
        closedir(processes);
}

/* Here, or where its parent writes, which has not asked for its status yet. */
static void find_left(struct ledger_list *list, const struct ended *ended)
{
    struct ledger_list parents = {.count = 0};
    size_t before = list->count;
    bool is_hidden = false;
    if (ended->parent != 0)
        find_mapped(&parents, ended->parent, &is_hidden);
    for (size_t i = 0; i < parents.count && list->count == before; i++) {
        char *slash = strrchr(parents.paths[i], '/');
        if (slash == NULL)
            continue;
        *slash = '\0';
        left_ledgers__find(list, ended, parents.paths[i]);
    }
    if (list->count == before)
        left_ledgers__find(list, ended, ".");
    ledger_list__clear(&parents);
}

static void refuse(uint32_t pid, bool is_hidden, int error)
{
    if (error == ENOENT || error == ESRCH)
        complain("%" PRIu32 ": there is no such process, and no ledger of that name", pid);
    else if (error != 0)
        complain("process %" PRIu32 " cannot be looked at (%s): only its own user and root may", pid, strerror(error));
    else if (is_hidden)
        complain("process %" PRIu32
                 " has a ledger that cannot be opened: it belongs to the user whose program wrote it, "
                 "and its file may be gone",
                 pid);
    else
        complain("process %" PRIu32 " keeps no ledger: it is not watched, or has taken nothing so far that is watched",
                 pid);
}

int mapped_ledgers__find(struct ledger_list *list, uint32_t pid)
{
    size_t before = list->count;
    bool is_hidden = false;
    struct ended ended;
    int error = find_mapped(list, pid, &is_hidden);
    if (list->count > before)
        return 0;
    bool has_ended = left_ledgers__has_ended(&ended, pid);
    if (has_ended)
        find_left(list, &ended);
    if (list->count > before)
        return 0;
    if (has_ended && ended.start_ticks != 0)
        complain("process %" PRIu32
                 " has ended, and its ledger, if it has left one, is neither here nor where its parent "
                 "writes: name the directory",
                 pid);
    else
        refuse(pid, is_hidden, error);
    return -1;
}
