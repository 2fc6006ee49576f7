/* The link from the next image's ledger to this one.
 *
 * DESIGN. The program being executed learns of this ledger through one environment variable, which is set in the copy
 * of the environment that goes to it and never in our own. It checks what it finds there: the variable may be handed on
 * by programs that are not watched. The same pid says "the image before me", another says "my parent". */
#define _GNU_SOURCE
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ledger/ledger.h"
#include "process/process.h"
#include "system/system.h"
#include "wake.h"

#define REMOVE '-' /* before the rest: there is nothing to report in it, the next image may remove it */

static LW_START_DATA char *link_out; /* VARIABLE=, REMOVE or '+', see below; NULL: there is none */
static char link_in[1 + LW_LINK_NUMBERS + LW_PATH_ROOM];
static LW_START_DATA bool may_remove; /* that link begins with REMOVE */
static LW_START_DATA struct lw_map
    before; /* the file that the link in our own environment means; without a path: there is none */

/* Device and inode of the file, and its path, at which another one may be by then. */
void lw_link_write(const struct lw_map *map)
{
    link_out = NULL;
    if (!map->is_file || lw_late) /* what a process executes is not watched where itself was not from its start */
        return;
    char start[LW_LINK_ROOM], *at = lw_append_number(stpcpy(start, LW_LINK_VARIABLE "=+"), map->device);
    at = stpcpy(lw_append_number(stpcpy(at, ":"), map->inode), ":");
    size_t length = (size_t)(at - start);
    link_out = memcpy((char *)(uintptr_t)map->path - length, start, length);
}

/* The number at *at; past the colon behind it. */
static bool take_number(const char **at, uint64_t *number)
{
    const char *start = *at;
    for (*number = 0; **at >= '0' && **at <= '9'; ++*at)
        *number = *number * 10 + (uint64_t)(**at - '0');
    return *at > start && *(*at)++ == ':';
}

static void take_link(const char *value)
{
    if (strlen(value) >= sizeof link_in)
        return;
    strcpy(link_in, value);
    const char *at = link_in + (link_in[0] != 0);
    before.is_file = take_number(&at, &before.device) && take_number(&at, &before.inode);
    before.path = before.is_file ? at : NULL;
    may_remove = link_in[0] == REMOVE;
}

/* Reads the number that ends at *end and the dot before it, backwards. */
static LW_START_CODE uint64_t number_before(const char *start, const char **end)
{
    const char *at = *end;
    while (at > start && at[-1] >= '0' && at[-1] <= '9')
        at--;
    uint64_t number = 0;
    for (const char *digit = at; digit < *end; digit++)
        number = number * 10 + (uint64_t)(*digit - '0');
    *end = at > start ? at - 1 : at;
    return number;
}

struct name {
    uint64_t pid, ticks, image;
};

/* What the name of a ledger says; false: it is not one. */
static LW_START_CODE bool read_name(const char *path, struct name *name)
{
    size_t length = strlen(path);
    if (length <= sizeof LW_SUFFIX || length >= LW_TEXT ||
        strcmp(path + length - (sizeof LW_SUFFIX - 1), LW_SUFFIX) != 0)
        return false;
    const char *end = path + length - (sizeof LW_SUFFIX - 1);
    name->image = number_before(path, &end);
    name->ticks = number_before(path, &end);
    name->pid = number_before(path, &end);
    return true;
}

LW_START_CODE void lw_link_start(char **envp)
{
    struct name name;
    for (; envp && *envp; envp++)
        if (strncmp(*envp, LW_LINK_VARIABLE "=", sizeof LW_LINK_VARIABLE) == 0)
            take_link(*envp + sizeof LW_LINK_VARIABLE);
    if (!may_remove || !before.path || !read_name(before.path, &name) || name.pid != lw_pid)
        return;
    lw_filter_look();
    if (!lw_careful)
        lw_map_remove(&before);
}

void lw_link_read(struct lw_header *header)
{
    struct name name;
    bool forked = lw_parent.base != NULL;
    const char *path = forked ? lw_parent.path : before.path;
    if (!path || !read_name(path, &name))
        return;
    bool same = !forked && name.pid == header->pid && name.ticks == header->start_ticks;
    if (!same && !forked && name.pid != header->parent_pid)
        return;
    header->image = same ? (uint32_t)name.image + 1 : 0;
    if (same && may_remove)
        return;
    header->link_kind = same ? LW_LINK_PREDECESSOR : LW_LINK_PARENT;
    memcpy(header->link, path, strlen(path) + 1);
}

uint32_t lw_link_image(uint32_t pid)
{
    struct name name;
    return before.path && read_name(before.path, &name) && name.pid == pid ? (uint32_t)name.image + 1 : 0;
}

void lw_link_offer(void)
{
    if (!link_out)
        return;
    link_out[sizeof LW_LINK_VARIABLE] = REMOVE;
    lw_count_heir(-1);
}

void lw_link_withdraw(void)
{
    if (link_out && link_out[sizeof LW_LINK_VARIABLE] == REMOVE)
        lw_count_heir(1);
    if (link_out)
        link_out[sizeof LW_LINK_VARIABLE] = '+';
}

/* The kernel answers a bad environment with EFAULT, so must not we with a fault. *page was found readable last. */
static bool can_read(const void *address, uintptr_t *page)
{
    if ((uintptr_t)address / LW_PAGE == *page)
        return true;
    if (!lw_readable(address))
        return false;
    *page = (uintptr_t)address / LW_PAGE;
    return true;
}

static bool can_read_word(char *const *word, uintptr_t *page)
{
    return can_read(word, page) && can_read((const char *)(word + 1) - 1, page); /* it need not be aligned */
}

/* 1: it is our variable; 0: it is not; -1: it cannot be read so far. */
static int is_link(const char *text, uintptr_t *page)
{
    static const char name[] = LW_LINK_VARIABLE "=";
    for (size_t i = 0; i < sizeof name - 1; i++) {
        if (!can_read(text + i, page))
            return -1;
        if (text[i] != name[i])
            return 0;
    }
    return 1;
}

char *const *lw_environment_for_exec(char *const *envp, char **room)
{
    size_t count = 0, link = LW_ENVIRONMENT_ROOM;
    uintptr_t page = UINTPTR_MAX;
    if (!link_out || !envp || !lw_may_ask())
        return envp;
    for (; can_read_word(&envp[count], &page) && envp[count]; count++) {
        if (count == LW_ENVIRONMENT_ROOM - 2)
            return envp;
        room[count] = envp[count];
        int answer = is_link(envp[count], &page);
        if (answer < 0)
            return envp;
        if (answer)
            link = count;
    }
    if (!can_read_word(&envp[count], &page))
        return envp;
    if (link == LW_ENVIRONMENT_ROOM)
        link = count++;
    room[link] = link_out;
    room[count] = NULL;
    return room;
}

/* ---- Heirs ---- */

/* As long as it has heirs, the parent does not remove its ledger: they refer to it. */
void lw_count_heir(int change)
{
    if (lw_parent.base && lw_parent.base != lw_map.base)
        __atomic_fetch_add(&((struct lw_header *)(void *)lw_parent.base)->heirs, (uint32_t)change, __ATOMIC_RELAXED);
}
