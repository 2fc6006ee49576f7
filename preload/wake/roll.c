/* The process on the roll of its run: see leakwatch/roll.h.
 *
 * DESIGN. Shells and test suites start many processes that take nothing: true, test, dirname, expr. A ledger costs 40 system
 * calls, where `true` itself makes 30; an entry costs six, of which three ask who it is. None is one that a filter forbids
 * (process/filter.c). The file's page is there already, so that nothing can fail in a store. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#include "leakwatch/roll.h"
#include "ledger/ledger.h"
#include "process/process.h"
#include "system/system.h"
#include "wake.h"

static LW_START_DATA struct lw_roll_entry *entry; /* NULL: this process is not on it */

bool lw_on_roll(void)
{
    return entry != NULL;
}

void lw_begin_if_on_roll(void)
{
    if (!entry)
        return;
    int error = errno;
    if (lw_awake())
        lw_begin();
    errno = error;
}

static LW_START_CODE bool add_text(char **at, const char *end, const char *text)
{
    size_t length = strlen(text) + 1;
    if (length >= (size_t)(end - *at))
        return false;
    memcpy(*at, text, length);
    *at += length;
    return true;
}

/* What was executed, where its name is the first argument, is no script: of one the first argument is its interpreter. */
static LW_START_CODE bool add_program(char **at, const char *end)
{
    const char *executed = (const char *)getauxval(AT_EXECFN), *called = *lw_arguments;
    if (executed && executed[0] == '/' && called) {
        const char *slash = strrchr(executed, '/');
        if (strcmp(called, executed) == 0 || strcmp(called, slash + 1) == 0)
            return add_text(at, end, executed);
    }
    char path[LW_TEXT] = "";
    lw_filter_look(); /* what that asks may be forbidden */
    return lw_own_program(path, sizeof path) && add_text(at, end, path);
}

static LW_START_CODE bool add_texts(struct lw_roll_entry *mine)
{
    char *at = mine->texts;
    const char *end = at + sizeof mine->texts;
    bool fits = lw_arguments && add_program(&at, end);
    for (char **argument = lw_arguments; fits && argument && *argument; argument++)
        fits = add_text(&at, end, *argument);
    *at = 0;
    return fits;
}

static LW_START_CODE bool fill(struct lw_roll_entry *mine, const struct lw_status *status)
{
    mine->pid = status->pid;
    mine->parent_pid = status->parent;
    mine->uid = status->uid;
    mine->image = lw_link_image(status->pid);
    mine->start_realtime = lw_now_of(CLOCK_REALTIME);
    mine->start_time = lw_now();
    mine->end_time = 0;
    mine->end = LW_RUNNING;
    mine->end_status = 0;
    mine->troubles = lw_options.locks == LW_LOCKS_OFF ? LW_TROUBLE_LOCKS_OFF : 0;
    return add_texts(mine);
}

static LW_START_CODE struct lw_roll_entry *take(struct lw_roll_entry *page)
{
    for (size_t i = 0; i < LW_ROLL_ENTRIES; i++) {
        uint32_t is_free = 0;
        if (__atomic_compare_exchange_n(&page[i].mark, &is_free, LW_ROLL_TAKEN, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED))
            return &page[i];
    }
    return NULL;
}

#define ROOM 2048 /* bytes on the stack: what a program's start has touched already */

static LW_START_CODE struct lw_roll_entry *map_page(uint32_t pid, char *path)
{
    if (strlen(lw_options.directory) + sizeof "/" LW_ROLL_NAME > ROOM)
        return NULL;
    stpcpy(stpcpy(stpcpy(path, lw_options.directory), "/"), LW_ROLL_NAME);
    long fd = lw_system4(SYS_openat, AT_FDCWD, path, O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0)
        return NULL;
    long at = lw_syscall6(SYS_mmap, 0, LW_ROLL_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                          (long)lw_roll_page_of(pid) * LW_ROLL_PAGE);
    lw_system1(SYS_close, fd);
    return lw_is_error(at) ? NULL : (struct lw_roll_entry *)at;
}

/* What was asked for by these settings is told of in a ledger, be it that nothing of it was met. */
LW_START_CODE bool lw_roll_enter(void)
{
    char room[ROOM]; /* for all of it by one call */
    bool may = lw_options.roll && !lw_options.inject[0] && !lw_options.scopes[0] && !lw_options.objects;
    const struct lw_status *status = may ? lw_filter_glance(room, sizeof room) : NULL;
    struct lw_roll_entry *page = status ? map_page(status->pid, room) : NULL, *mine = page ? take(page) : NULL;
    if (mine && !fill(mine, status)) {
        __atomic_store_n(&mine->mark, 0, __ATOMIC_RELEASE);
        mine = NULL;
    }
    if (mine) {
        __atomic_store_n(&mine->mark, LW_ROLL_MARK, __ATOMIC_RELEASE);
        entry = mine;
    } else if (page) {
        lw_system2(SYS_munmap, (long)page, LW_ROLL_PAGE);
    }
    return mine != NULL;
}

void lw_roll_strike(void)
{
    struct lw_roll_entry *mine = __atomic_exchange_n(&entry, NULL, __ATOMIC_ACQ_REL);
    if (mine)
        __atomic_store_n(&mine->mark, 0, __ATOMIC_RELEASE);
}

/* Its parent's stays as it is. */
void lw_roll_forked(void)
{
    entry = NULL;
}

LW_START_CODE void lw_roll_end(enum lw_end how, int status)
{
    if (!entry)
        return;
    entry->end_status = status;
    entry->end_time = lw_now();
    __atomic_store_n(&entry->end, (uint32_t)how, __ATOMIC_RELEASE);
}
