/* Makes and reads the roll of a run. */
#include "roll.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/moment.h"
#include "base/process_stat.h"

enum { LENGTH = LW_ROLL_PAGES * LW_ROLL_PAGE, NANOSECONDS = 1000000000 };

static char *path_in(const char *directory)
{
    return heap__printed("%s/" LW_ROLL_NAME, directory);
}

/* ---- Made -------------------------------------------------------------------------------------------------------- */

enum { SHARE = 16 }; /* of what is free, at most: ledgers need it more */

/* Where room that was asked for beforehand is there when a page is written: a process that finds none would be killed. */
static bool has_room(int fd)
{
    static const uint32_t reliable[] = {EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, TMPFS_MAGIC, OVERLAYFS_SUPER_MAGIC};
    struct statfs about;
    if (fstatfs(fd, &about) != 0 || about.f_bavail / SHARE < LENGTH / (uint64_t)about.f_bsize)
        return false;
    for (size_t i = 0; i < sizeof reliable / sizeof reliable[0]; i++)
        if ((uint32_t)about.f_type == reliable[i])
            return true;
    return false;
}

bool roll__make(const char *directory)
{
    char *path = path_in(directory);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool made = fd >= 0 && has_room(fd) && fchmod(fd, 0600) == 0 && fallocate(fd, 0, 0, LENGTH) == 0;
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && !made)
        unlink(path);
    free(path);
    return made;
}

void roll__remove(const char *directory)
{
    char *path = path_in(directory);
    unlink(path);
    free(path);
}

/* ---- Read -------------------------------------------------------------------------------------------------------- */

static void take_page(struct roll *roll, size_t *room, const struct lw_roll_entry *page)
{
    for (size_t i = 0; i < LW_ROLL_ENTRIES; i++) {
        if (page[i].mark != LW_ROLL_MARK || page[i].pid == 0)
            continue;
        roll->entries = heap__room(roll->entries, roll->count, room, sizeof *roll->entries);
        roll->entries[roll->count++] = page[i];
    }
}

/* In most of the file nobody has written, and reading that would have the kernel make pages. */
static off_t next_written(int fd, off_t at)
{
    off_t next = lseek(fd, at, SEEK_DATA);
    return next >= 0 ? next / LW_ROLL_PAGE * LW_ROLL_PAGE : errno == ENXIO ? LENGTH : at;
}

static int by_start(const void *a, const void *b)
{
    const struct lw_roll_entry *one = a, *other = b;
    if (one->start_time != other->start_time)
        return one->start_time < other->start_time ? -1 : 1;
    return one->pid < other->pid ? -1 : one->pid > other->pid;
}

struct roll roll__read(const char *directory)
{
    struct roll roll = {.path = path_in(directory)};
    struct lw_roll_entry page[LW_ROLL_ENTRIES];
    size_t room = 0;
    int fd = open(roll.path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return roll;
    for (off_t at = next_written(fd, 0); at < LENGTH && pread(fd, page, sizeof page, at) == (ssize_t)sizeof page;
         at = next_written(fd, at + LW_ROLL_PAGE))
        take_page(&roll, &room, page);
    close(fd);
    if (roll.count > 0)
        qsort(roll.entries, roll.count, sizeof *roll.entries, by_start);
    return roll;
}

void roll__clear(struct roll *roll)
{
    free(roll->entries);
    free(roll->path);
    *roll = (struct roll){.path = NULL};
}

bool roll__has(const struct roll *roll, uint64_t pid, uint64_t since)
{
    for (size_t i = 0; i < roll->count; i++)
        if (roll->entries[i].pid == pid && roll->entries[i].start_time >= since)
            return true;
    return false;
}

/* ---- As a ledger ------------------------------------------------------------------------------------------------- */

/* The process has entered itself when it had been started: one that was started later has its number by chance. */
static bool still_runs(const struct lw_roll_entry *entry)
{
    struct timespec booted, counted;
    struct process_stat stat;
    if (!process_stat__read(&stat, entry->pid) || stat.state == 'Z' || stat.state == 'X')
        return false;
    clock_gettime(CLOCK_BOOTTIME, &booted);
    clock_gettime(CLOCK_MONOTONIC, &counted);
    int64_t slept = (booted.tv_sec - counted.tv_sec) * (int64_t)NANOSECONDS + booted.tv_nsec - counted.tv_nsec;
    uint64_t tick = NANOSECONDS / (uint64_t)sysconf(_SC_CLK_TCK);
    return stat.start_ticks * tick <= (uint64_t)((int64_t)entry->start_time + slept) + tick;
}

/* The path of the program as it was executed may lead there by links. */
static void copy_program(char *to, const char *path)
{
    char *real = realpath(path, NULL);
    const char *known = real != NULL && strlen(real) < LW_TEXT ? real : path;
    memcpy(to, known, strnlen(known, LW_TEXT - 1));
    free(real);
}

/* The texts end with an empty one, or where they would not: an entry may say anything. */
static void copy_texts(struct lw_header *header, const struct lw_roll_entry *entry)
{
    char texts[LW_ROLL_TEXTS + 1];
    memcpy(texts, entry->texts, LW_ROLL_TEXTS);
    texts[LW_ROLL_TEXTS] = '\0';
    size_t program = strlen(texts) + 1;
    copy_program(header->exe, texts);
    for (size_t at = program, to = 0; at < LW_ROLL_TEXTS && texts[at] != '\0' && to + 2 < LW_TEXT;) {
        size_t length = strlen(texts + at), kept = strnlen(texts + at, LW_TEXT - to - 2);
        memcpy(header->arguments + to, texts + at, kept);
        to += kept + 1;
        at += length + 1;
    }
}

int roll__ledger(const struct roll *roll, size_t index, struct ledger **ledger, struct ledger_error *error)
{
    const struct lw_roll_entry *entry = &roll->entries[index];
    struct lw_header *header = heap__zeroed(1, sizeof *header);
    bool runs = entry->end == LW_RUNNING && still_runs(entry);
    header->magic = LW_MAGIC;
    header->major = LW_MAJOR;
    header->minor = LW_MINOR;
    header->byte_order = LW_BYTE_ORDER;
    header->header_size = sizeof *header;
    header->used = header->file_size = sizeof *header;
    header->pid = entry->pid;
    header->parent_pid = entry->parent_pid;
    header->uid = entry->uid;
    header->image = entry->image;
    header->start_realtime = entry->start_realtime;
    header->start_time = entry->start_time;
    header->end_time = entry->end_time;
    header->end = entry->end;
    header->end_status = entry->end_status;
    header->troubles = entry->troubles;
    gethostname(header->host, sizeof header->host - 1);
    copy_texts(header, entry);
    const struct ledger_copy copy = {.bytes = (unsigned char *)header,
                                     .length = sizeof *header,
                                     .data = sizeof *header,
                                     .moment = runs ? moment__now() : 0,
                                     .is_of_roll = true};
    return ledger__open_copy(ledger, roll->path, &copy, error);
}
