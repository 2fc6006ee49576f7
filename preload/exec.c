/* exec: what crosses it, and the link from the next image's ledger to this one.
 *
 * DESIGN. The program being executed learns of this ledger through one environment variable, which is set in the copy
 * of the environment that goes to it and never in our own. It checks what it finds there: the variable may be handed on
 * by programs that are not watched. The same pid says "the image before me", another says "my parent". */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "books.h"
#include "aside.h"
#include "ledger.h"
#include "life.h"
#include "filter.h"
#include "process.h"
#include "system.h"

#define REMOVE '-' /* before the rest: there is nothing to report in it, the next image may remove it */
#define NUMBERS 44 /* bytes of two numbers, and a colon behind each */

static char link_out[sizeof LW_LINK_VARIABLE + 1 + NUMBERS + LW_PATH_ROOM]; /* VARIABLE=, REMOVE or '+', see below */
static char link_in[1 + NUMBERS + LW_PATH_ROOM];
static struct lw_map before; /* the file that the link in our own environment means; without a path: there is none */

/* ---- The link ---- */

/* Device and inode of the file, and its path, at which another one may be by then. */
void lw_link_write(const struct lw_map *map)
{
    link_out[0] = 0;
    if (!map->is_file)
        return;
    char *at = lw_append_number(stpcpy(link_out, LW_LINK_VARIABLE "=+"), map->device);
    at = lw_append_number(stpcpy(at, ":"), map->inode);
    stpcpy(stpcpy(at, ":"), map->path);
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
}

/* Reads the number that ends at *end and the dot before it, backwards. */
static uint64_t number_before(const char *start, const char **end)
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
static bool read_name(const char *path, struct name *name)
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

void lw_link_start(char **envp)
{
    struct name name;
    for (; envp && *envp; envp++)
        if (strncmp(*envp, LW_LINK_VARIABLE "=", sizeof LW_LINK_VARIABLE) == 0)
            take_link(*envp + sizeof LW_LINK_VARIABLE);
    if (link_in[0] != REMOVE || !before.path || !read_name(before.path, &name) || name.pid != lw_pid)
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
    if (same && link_in[0] == REMOVE)
        return;
    header->link_kind = same ? LW_LINK_PREDECESSOR : LW_LINK_PARENT;
    memcpy(header->link, path, strlen(path) + 1);
}

void lw_link_offer(void)
{
    if (!link_out[0] || !lw_leaves_nothing())
        return;
    link_out[sizeof LW_LINK_VARIABLE] = REMOVE;
    lw_count_heir(-1);
}

void lw_link_withdraw(void)
{
    if (link_out[0] && link_out[sizeof LW_LINK_VARIABLE] == REMOVE)
        lw_count_heir(1);
    if (link_out[0])
        link_out[sizeof LW_LINK_VARIABLE] = '+';
}

/* The kernel answers a bad environment with EFAULT, so must not we with a fault. *page was found readable last. */
static bool can_read(const void *address, uintptr_t *page)
{
    if ((uintptr_t)address / 4096 == *page)
        return true;
    if (!lw_readable(address))
        return false;
    *page = (uintptr_t)address / 4096;
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
    if (!link_out[0] || !envp || !lw_may_ask())
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

/* ---- What crosses ---- */

struct crossing {
    struct lw_crossing key;
    uint32_t stack;
    uint64_t now;
};

static bool same_crossing(const void *element, const void *key)
{
    const struct lw_crossing *there = element;
    const struct crossing *wanted = key;
    return there->site == wanted->key.site && there->program == wanted->key.program &&
           there->number == wanted->key.number;
}

static void fill_crossing(void *element, const void *key)
{
    memcpy(element, &((const struct crossing *)key)->key, sizeof(struct lw_crossing));
}

static void cross(struct lw_slot *slot, unsigned number, void *context)
{
    struct crossing *crossing = context;
    uint32_t site = slot->flags & LW_INHERITED ? slot->origin_site : slot->site;
    if (number <= 2 || !lw_is_held(lw_word(slot)) || site == 0 || lw_child_has_changed(number))
        return;
    long flags = lw_system3(SYS_fcntl, number, F_GETFD, 0);
    if (flags < 0 || flags & FD_CLOEXEC)
        return;
    crossing->key.site = site;
    crossing->key.number = number;
    crossing->key.kind = slot->kind;
    memset(crossing->key.detail, 0, sizeof crossing->key.detail);
    size_t length =
        slot->detail_length < sizeof crossing->key.detail ? slot->detail_length : sizeof crossing->key.detail;
    memcpy(crossing->key.detail, slot->detail, length);
    uint64_t hash = lw_hash2((uint64_t)site << 32 | number, crossing->key.program);
    struct lw_crossing *row =
        lw_element(LW_CROSSINGS, lw_intern(LW_CROSSINGS, hash, same_crossing, fill_crossing, crossing));
    if (!row)
        return;
    lw_count(&row->count);
    row->pid = (uint32_t)lw_system0(SYS_getpid);
    row->last_time = crossing->now;
    row->stack = crossing->stack;
}

size_t lw_copy_text(char *to, size_t room, const char *from)
{
    size_t length = 0;
    for (; length < room; length++) {
        if ((length == 0 || ((uintptr_t)(from + length) & 4095) == 0) && !lw_readable(from + length))
            break;
        if (!from[length])
            break;
        to[length] = from[length];
    }
    return length;
}

static void note_crossings(const void *frame, const char *program, bool own)
{
    struct crossing crossing = {.now = lw_now()};
    if (own) {
        struct lw_trace trace;
        if (lw_thread.era != lw_era)
            lw_thread_enlist(&lw_thread);
        if (lw_thread.lane) {
            lw_stack_here(&lw_thread, frame, &trace);
            crossing.stack = trace.stack;
        }
    }
    char text[256];
    crossing.key.program = lw_name(text, lw_copy_text(text, sizeof text, program));
    lw_fd_slots(&lw_map, 3, LW_FD_MAX, cross, &crossing);
}

/* In a forked child without a ledger of its own, this notes in the parent's, whose map it still has. */
static void executing(const void *frame, const char *program)
{
    if (__atomic_load_n(&lw_phase, __ATOMIC_ACQUIRE) == LW_PHASE_KEEPING) {
        note_crossings(frame, program, true);
        return;
    }
    uint64_t signals;
    lw_block_signals(&signals);
    if (lw_parent_hold()) {
        note_crossings(frame, program, false);
        lw_parent_let_go();
    }
    lw_restore_signals(&signals);
}

struct execution {
    const void *frame;
    const char *program;
};

static void executing_aside(void *context)
{
    const struct execution *execution = context;
    executing(execution->frame, execution->program);
}

void lw_executing(const void *frame, const char *program)
{
    bool has_ledger = __atomic_load_n(&lw_phase, __ATOMIC_ACQUIRE) == LW_PHASE_KEEPING || lw_parent.base;
    if (program && !lw_strict && has_ledger)
        lw_aside(executing_aside, &(struct execution){frame, program});
}
