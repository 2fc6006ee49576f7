/* Seccomp filters that this process was born with.
 *
 * DESIGN. What a filter forbids it may punish by death, and it cannot be asked what that is. So where /proc/self/status
 * tells of one, only those calls are made that the start of every program has made: the loader's, and those of the C
 * library's own start. The rest is learnt from files below /proc, or goes without (strict). But containers run everything
 * under a filter, most of which mind none of our calls: `leakwatch run` makes all of them in a child of its own, and if that
 * child comes back, it passes on how many filters there are. Filters are inherited and only ever added: a descendant with
 * as many has the same ones. */
#define _GNU_SOURCE
#include "filter.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process.h"
#include "system/system.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

LW_HOT_DATA bool lw_looked, lw_careful;

/* ---- Files, line by line ---- */

struct piece { /* of a file, read at once */
    char *at;
    size_t room;
};

/* Calls `take` with each line, cut where it is longer than `room`, until that says true. False: nobody did. */
static LW_START_CODE bool read_lines(const char *path, const struct piece *piece, char *line, size_t room,
                                     bool (*take)(char *line, void *context), void *context)
{
    size_t length = 0;
    bool taken = false;
    long got, fd = lw_system4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    while (!taken && (got = lw_system3(SYS_read, fd, piece->at, piece->room)) > 0)
        for (long i = 0; !taken && i < got; i++) {
            if (piece->at[i] != '\n') {
                if (length + 1 < room)
                    line[length++] = piece->at[i];
                continue;
            }
            line[length] = 0;
            length = 0;
            taken = take(line, context);
        }
    lw_system1(SYS_close, fd);
    return taken;
}

static const char *read_number(const char *at, uint64_t base, uint64_t *number)
{
    *number = 0;
    for (;; at++) {
        uint64_t digit = (uint64_t)(*at >= 'a' ? *at - 'a' + 10 : *at - '0');
        if (digit >= base || *at < '0' || (*at > '9' && *at < 'a'))
            return at;
        *number = *number * base + digit;
    }
}

/* ---- /proc/self/status ---- */

static const struct row {
    char name[20];
    uint8_t offset;
} rows[] = {
    {"Pid:\t", offsetof(struct lw_status, pid)},         {"PPid:\t", offsetof(struct lw_status, parent)},
    {"Uid:\t", offsetof(struct lw_status, uid)},         {"FDSize:\t", offsetof(struct lw_status, numbers)},
    {"Seccomp:\t", offsetof(struct lw_status, seccomp)}, {"Seccomp_filters:\t", offsetof(struct lw_status, filters)},
};

static LW_START_CODE bool take_row(char *line, void *status)
{
    const size_t count = sizeof rows / sizeof rows[0];
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(rows[i].name);
        uint64_t number;
        if (strncmp(line, rows[i].name, length) != 0)
            continue;
        read_number(line + length, 10, &number);
        uint32_t value = (uint32_t)number;
        memcpy((char *)status + rows[i].offset, &value, sizeof value);
        return i == count - 1;
    }
    return false;
}

static LW_START_CODE bool read_status(struct lw_status *status, const struct piece *piece)
{
    char line[64];
    *status = (struct lw_status){0};
    read_lines("/proc/self/status", piece, line, sizeof line, take_row, status);
    return status->pid != 0;
}

#define PIECE 256 /* on the stack of whoever asks */

LW_START_CODE bool lw_status_read(struct lw_status *status)
{
    char piece[PIECE] = "";
    return read_status(status, &(struct piece){piece, sizeof piece});
}

/* ---- The look ---- */

static LW_START_DATA struct lw_status glanced; /* without a pid: not asked for, or it was another process's */

LW_START_CODE const struct lw_status *lw_filter_glance(void *room, size_t bytes)
{
    return read_status(&glanced, &(struct piece){room, bytes}) ? &glanced : NULL;
}

static LW_START_CODE void look(struct lw_status *status, const struct piece *piece)
{
    *status = glanced;
    if (status->pid || read_status(status, piece))
        lw_pid = status->pid;
    lw_careful = status->seccomp == SECCOMP_MODE_FILTER && (!status->filters || status->filters != lw_options.filters);
    if (lw_careful)
        lw_strict = true;
    else
        lw_system3(SYS_madvise, &lw_wiped, sizeof lw_wiped, MADV_WIPEONFORK);
    __atomic_store_n(&lw_looked, true, __ATOMIC_RELEASE);
}

LW_START_CODE void lw_filter_look(void)
{
    char piece[PIECE] = "";
    struct lw_status status;
    if (!__atomic_load_n(&lw_looked, __ATOMIC_ACQUIRE))
        look(&status, &(struct piece){piece, sizeof piece});
}

void lw_filter_look_at_once(struct lw_status *status, void *room, size_t bytes)
{
    *status = (struct lw_status){0};
    if (!__atomic_load_n(&lw_looked, __ATOMIC_ACQUIRE))
        look(status, &(struct piece){room, bytes});
}

void lw_fork_noticed(void)
{
    glanced.pid = 0;
    if (lw_careful)
        *lw_owner = lw_wiped.turn = 0;
    else if (!lw_looked)
        lw_pid = lw_own_tid();
}

/* ---- Who we are ---- */

#if defined(__x86_64__)
#define LOCK_VERSION "GLIBC_2.2.5"
#else
#define LOCK_VERSION "GLIBC_2.17"
#endif

/* A mutex that may be locked again notes who has it: the C library knows the number of each of its threads. */
LW_START_CODE uint32_t lw_own_tid(void)
{
    static LW_START_DATA int (*lock)(pthread_mutex_t *), (*unlock)(pthread_mutex_t *);
    pthread_mutex_t mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
    if (!lock) {
        void *found = dlvsym(RTLD_NEXT, "pthread_mutex_unlock", LOCK_VERSION);
        memcpy(&unlock, &found, sizeof unlock);
        found = dlvsym(RTLD_NEXT, "pthread_mutex_lock", LOCK_VERSION);
        memcpy(&lock, &found, sizeof lock);
    }
    if (!lock || !unlock || lock(&mutex) != 0)
        return 0;
    uint32_t owner = (uint32_t)mutex.__data.__owner;
    unlock(&mutex);
    return owner;
}

uint32_t lw_own_pid(void)
{
    struct lw_status status;
    if (__atomic_load_n(&lw_looked, __ATOMIC_ACQUIRE) && !lw_careful)
        return (uint32_t)lw_system0(SYS_getpid);
    return lw_status_read(&status) ? status.pid : 0;
}

/* ---- Which program, and where ---- */

struct mapping {
    uint64_t address;
    char *path;
    size_t room;
};

/* 55d0c0a00000-55d0c0a01000 r--p 00000000 fe:01 12345      /bin/true */
static bool take_mapping(char *line, void *context)
{
    struct mapping *mapping = context;
    uint64_t start, end;
    const char *at = read_number(line, 16, &start), *path = strchr(line, '/');
    read_number(at + (*at == '-'), 16, &end);
    if (mapping->address < start || mapping->address >= end || !path)
        return false;
    strncpy(mapping->path, path, mapping->room - 1);
    return true;
}

/* The file that the kernel has mapped the program's headers from. Where the loader was executed to load it, that is not
 * what was executed, and no base of a loader is told. */
bool lw_own_program(char *path, size_t room)
{
    static char line[LW_PATH_ROOM + 128]; /* static: by who begins the ledger, and nobody else */
    char piece[PIECE] = "";
    struct mapping mapping = {getauxval(AT_PHDR), path, room};
    if (!lw_careful && getauxval(AT_BASE) != 0)
        return lw_system4(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", path, room - 1) > 0;
    return read_lines("/proc/self/maps", &(struct piece){piece, sizeof piece}, line, sizeof line, take_mapping,
                      &mapping);
}

static bool is_here(const char *path)
{
    struct stat there, here;
    return path && path[0] == '/' && lw_system4(SYS_newfstatat, AT_FDCWD, path, &there, 0) == 0 &&
           lw_system4(SYS_newfstatat, AT_FDCWD, ".", &here, 0) == 0 && there.st_dev == here.st_dev &&
           there.st_ino == here.st_ino;
}

bool lw_own_directory(char *path, size_t room)
{
    const char *name = getenv("PWD");
    if (lw_looked && !lw_careful)
        return lw_system2(SYS_getcwd, path, room) > 0 && path[0] == '/';
    if (!is_here(name) || strlen(name) >= room)
        return false;
    memcpy(path, name, strlen(name) + 1);
    return true;
}
