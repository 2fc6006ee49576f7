/* Descriptors that are open and have no slot: inherited, or made in ways that no hook sees. Read from /proc/self/fd.
 *
 * When a ledger begins, what it finds was there before: inherited. At the end of the process, it was acquired unseen:
 * untracked. In a forked child that begins its own ledger, what the parent knew of them is taken over. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "ledger/ledger.h"
#include "process/process.h"
#include "stack/stack.h"
#include "system/system.h"
#include "wake.h"

#define NUMBERS 4096u /* as many are asked for, one by one */

struct span { /* linux_dirent64 */
    uint64_t inode;
    int64_t next;
    uint16_t length;
    uint8_t type;
    char name[];
};

static uint32_t kind_by_link(const char *link, size_t length)
{
    static const struct {
        char text[24];
        uint8_t kind;
    } kinds[] = {
        {"socket:", LW_FD_SOCKET},
        {"pipe:", LW_FD_PIPE},
        {"anon_inode:[eventfd]", LW_FD_EVENTFD},
        {"anon_inode:[eventpoll]", LW_FD_EPOLL},
        {"anon_inode:[timerfd]", LW_FD_TIMERFD},
        {"anon_inode:[signalfd]", LW_FD_SIGNALFD},
        {"anon_inode:inotify", LW_FD_INOTIFY},
        {"anon_inode:[fanotify]", LW_FD_FANOTIFY},
        {"anon_inode:[io_uring]", LW_FD_IO_URING},
        {"anon_inode:[pidfd]", LW_FD_PIDFD},
        {"anon_inode:[userfault", LW_FD_USERFAULTFD},
        {"anon_inode:[perf_event]", LW_FD_PERF},
        {"anon_inode:bpf", LW_FD_BPF},
        {"anon_inode:", LW_FD_OTHER},
        {"/memfd:", LW_FD_MEMFD},
        {"/dev/shm/", LW_FD_SHM},
        {"/dev/pts/", LW_FD_PTY},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t wanted = strnlen(kinds[i].text, sizeof kinds[i].text);
        if (length >= wanted && memcmp(link, kinds[i].text, wanted) == 0)
            return kinds[i].kind;
    }
    return LW_FD_FILE;
}

/* Of a file of which no more is known: it may be none. */
static uint32_t kind_by_mode(mode_t mode)
{
    return S_ISDIR(mode) ? LW_FD_DIRECTORY : S_ISSOCK(mode) ? LW_FD_SOCKET : S_ISFIFO(mode) ? LW_FD_PIPE : LW_FD_FILE;
}

enum { FRAMES_COPIED = 128 };

static uint32_t copied_name(uint32_t number)
{
    char text[LW_LINE_TEXT];
    size_t length = lw_name_copy_of(&lw_parent, text, sizeof text, number);
    return length && lw_lines_have_room() ? lw_name(text, length) : 0;
}

static uint32_t copied_line(uint32_t number, uint32_t parent)
{
    const struct lw_line *line = lw_element_of(&lw_parent, LW_LINES, number);
    struct lw_line copy = line ? *line : (struct lw_line){0};
    copy.function = copied_name(copy.function);
    copy.file = copied_name(copy.file);
    return lw_stack_with(LW_ADDRESS_LINE, lw_line(&copy), parent);
}

static uint32_t copied_frame(const struct lw_frame *frame, uint32_t parent)
{
    if (frame->address == LW_ADDRESS_LINE)
        return copied_line(frame->module, parent);
    return frame->address > LW_ADDRESS_LINE ? lw_stack_through(frame->address, parent) : parent;
}

/* The parent's numbers are none of this ledger's. */
static uint32_t copied_stack(uint32_t number)
{
    const struct lw_frame *frames[FRAMES_COPIED];
    uint32_t depth = 0, copied = 0;
    while (depth < FRAMES_COPIED && (frames[depth] = lw_element_of(&lw_parent, LW_STACKS, number)))
        number = frames[depth++]->parent;
    while (depth-- > 0)
        copied = copied_frame(frames[depth], copied);
    return copied == LW_OTHER ? 0 : copied;
}

/* Who opened what a forked child inherited, in its own ledger: its children may take it over an exec, and then this is
 * where that is noted. The code lies where it lay in the parent. */
static uint32_t copied_site(const struct lw_site *site)
{
    const struct lw_name *name = site ? lw_element_of(&lw_parent, LW_NAMES, site->call) : NULL;
    if (!name || name->length > LW_NAME_TEXT)
        return 0;
    struct lw_site key = {.stack = copied_stack(site->stack),
                          .call = lw_name(name->text, name->length),
                          .kind = site->kind,
                          .first_time = site->first_time};
    uint32_t number = lw_intern(LW_SITES, lw_hash2((uint64_t)key.stack << 32 | key.call, 0), &key);
    return number != LW_OTHER ? number : 0;
}

static uint32_t site_of(const struct lw_slot *slot)
{
    return slot->flags & LW_INHERITED ? slot->origin_site : slot->site;
}

/* What the parent's ledger says of this number, unless this child has changed it since. */
static bool take_over(struct lw_slot *slot, unsigned number)
{
    const struct lw_slot *there = NULL;
    if (!lw_parent.base || lw_child_has_changed(number) || !(there = lw_fd_slot_of(&lw_parent, number)) ||
        !lw_is_held(lw_word(there)))
        return false;
    struct lw_slot copy = *there;
    const struct lw_site *site = lw_element_of(&lw_parent, LW_SITES, site_of(&copy));
    copy.word = slot->word;
    copy.origin_stack = site ? site->stack : copy.origin_stack;
    copy.origin_call = site ? site->call : copy.origin_call;
    bool crosses = number > 2 && !(copy.flags & LW_CLOEXEC);
    copy.origin_site = crosses ? copied_site(site) : 0;
    copy.site = copy.owner = copy.leftover = 0;
    copy.entry = 0;
    copy.release_stack = copy.release_thread = copy.release_call = 0; /* numbers of the parent's ledger */
    copy.flags = (copy.flags & (LW_CLOEXEC | LW_DETAIL_CUT | LW_LISTENING | LW_CONNECTED)) | LW_INHERITED;
    copy.detail_length = copy.detail_length <= LW_DETAIL ? copy.detail_length : 0;
    *slot = copy;
    return true;
}

/* An inventory under way. */
struct inventory {
    uint32_t flag;
    uint32_t numbers; /* as many as the table had room for a moment ago; 0: not known */
    long length;      /* of a file's path, and its mode: the last one that was looked at is often the next one's, too */
    mode_t mode;
    char path[LW_DETAIL + 1];
};

/* What most descriptors of daemons, and of what a build runs, are open on: it is what it is called. */
static bool is_null(const char *link, long length)
{
    static const char null[] = "/dev/null";
    return length == sizeof null - 1 && memcmp(link, null, sizeof null - 1) == 0;
}

static bool look_at_file(struct inventory *inventory, unsigned number, const char *link, long length)
{
    struct stat status = {.st_mode = 0};
    if (is_null(link, length)) {
        inventory->mode = S_IFCHR;
        inventory->length = 0;
        return true;
    }
    if (length > 0 && length <= LW_DETAIL && length == inventory->length &&
        memcmp(link, inventory->path, (size_t)length) == 0)
        return true;
    bool known = lw_stat_number((int)number, &status) == 0;
    if (!known && lw_careful)
        return false;
    inventory->mode = status.st_mode;
    inventory->length = known ? length : 0;
    memcpy(inventory->path, link, (size_t)length);
    return true;
}

/* Of what was open before a process was attached to: the kernel notes when somebody first looked at the number in /proc. So
 * long it has been open, at least. */
static uint64_t since(const char *link)
{
    struct stat status;
    uint64_t now = lw_now();
    if (!lw_attaching || lw_system4(SYS_newfstatat, AT_FDCWD, link, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return now;
    uint64_t clock = lw_now_of(CLOCK_REALTIME_COARSE);
    uint64_t then = (uint64_t)status.st_mtim.tv_sec * 1000000000u + (uint64_t)status.st_mtim.tv_nsec;
    return then < clock && clock - then < now ? now - (clock - then) : now;
}

/* What the number is, in words that /proc has for it; where a filter may forbid to ask for those, its kind alone. */
static bool describe(struct inventory *inventory, struct lw_slot *slot, unsigned number)
{
    char path[64] = "/proc/self/fd/", link[LW_DETAIL + 1];
    long length = 0;
    lw_append_number(path + strlen(path), number);
    if (!lw_careful)
        length = lw_system4(SYS_readlinkat, AT_FDCWD, path, link, sizeof link);
    if (length < 0)
        return false;
    uint32_t kind = lw_careful ? LW_FD_FILE : kind_by_link(link, (size_t)length);
    if (kind == LW_FD_FILE && !look_at_file(inventory, number, link, length))
        return false;
    if (take_over(slot, number))
        return true;
    memset(slot, 0, sizeof *slot);
    slot->handle = number;
    slot->kind = (uint16_t)(kind == LW_FD_FILE ? kind_by_mode(inventory->mode) : kind);
    slot->acquired_time = since(path);
    slot->number = slot->partner = -1;
    slot->flags = length > LW_DETAIL ? LW_DETAIL_CUT : 0;
    slot->detail_length = (uint16_t)(length > LW_DETAIL ? LW_DETAIL : length);
    memcpy(slot->detail, link, slot->detail_length);
    return true;
}

/* Numbers that the last inventory found open: few are above. */
#define SEEN 256u
static LW_BEGIN_DATA uint64_t seen[SEEN / 64];
static LW_BEGIN_DATA bool is_whole; /* what is not among them, is not open */

bool lw_inventory_saw(unsigned number)
{
    return number < SEEN && seen[number / 64] >> number % 64 & 1;
}

bool lw_inventory_missed(unsigned number)
{
    return is_whole && number < SEEN && !lw_inventory_saw(number);
}

/* What the ledger begins with is about to be recorded, and was not there before. */
static bool is_coming(unsigned number)
{
    const struct lw_thread *thread = &lw_thread;
    return number - (unsigned)thread->coming_first < thread->coming;
}

static void note(struct inventory *inventory, unsigned number)
{
    if (inventory->flag & LW_INHERITED && is_coming(number))
        return;
    struct lw_slot *slot = lw_fd_slot((int)number, true);
    if (!slot || lw_is_held(lw_word(slot)))
        return;
    uint64_t word = lw_next_word(lw_word(slot), LW_HELD);
    if (!describe(inventory, slot, number))
        return;
    slot->flags |= inventory->flag;
    __atomic_store_n(&slot->word, word, __ATOMIC_RELEASE);
    if (inventory->flag & LW_INHERITED)
        lw_header()->inherited_count++;
    if (inventory->flag == LW_INHERITED && number > 2)
        lw_header()->troubles |= LW_TROUBLE_UNSEEN_START;
}

uint32_t lw_number_is(unsigned number, char *path, size_t room, size_t *length)
{
    struct stat status;
    char link[64] = "/proc/self/fd/";
    *length = 0;
    lw_append_number(link + strlen(link), number);
    long bytes = lw_strict ? -1 : lw_system4(SYS_readlinkat, AT_FDCWD, link, path, room);
    if (bytes <= 0)
        return LW_FD_OTHER;
    uint32_t kind = kind_by_link(path, (size_t)bytes);
    if (path[0] == '/')
        *length = (size_t)bytes;
    return kind == LW_FD_FILE && lw_stat_number((int)number, &status) == 0 && S_ISDIR(status.st_mode) ? LW_FD_DIRECTORY
                                                                                                      : kind;
}

static bool read_number(const char *name, unsigned *number)
{
    *number = 0;
    for (const char *at = name; *at; at++) {
        if (*at < '0' || *at > '9')
            return false;
        *number = *number * 10 + (unsigned)(*at - '0');
    }
    return *name != 0;
}

/* No number is free to read the directory by: so all that there are, are open. */
static void note_full_table(struct inventory *inventory)
{
    struct rlimit limit = {0, 0};
    lw_system4(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, &limit);
    for (unsigned number = 0; number < limit.rlim_cur && number < LW_FD_MAX; number++)
        note(inventory, number);
}

/* Where the directory may not be read: as far as the table has ever reached. */
static void note_by_numbers(struct inventory *inventory)
{
    struct lw_status status;
    if (!lw_status_read(&status))
        return;
    for (unsigned number = 0; number < status.numbers && number < NUMBERS; number++)
        note(inventory, number);
}

#define BEFORE 2   /* entries of a directory that are no numbers: of itself, and of what it lies in */
#define LONGEST 64 /* more than an entry with a number takes */

/* From one call on, which may give less than there is: it is cut short by a signal, too, also by one that stops the process.
 * But each entry says where the next one begins, and the last one that is where the table ends, or else the next number that
 * is open, which lies below. So one call more is saved where it is known where the table ended a moment ago: what made it
 * larger since is another thread's, which has that recorded itself. */
static bool note_some(struct inventory *inventory, long directory)
{
    _Alignas(struct span) char buffer[2048];
    int64_t next = 0;
    long length = lw_system3(SYS_getdents64, directory, buffer, sizeof buffer);
    for (long at = 0; at < length; at += ((struct span *)(void *)(buffer + at))->length) {
        const struct span *span = (const void *)(buffer + at);
        unsigned number;
        next = span->next;
        if (!read_number(span->name, &number) || (long)number == directory)
            continue;
        if (number < SEEN)
            seen[number / 64] |= 1ULL << number % 64;
        note(inventory, number);
    }
    is_whole = length == 0;
    bool is_last =
        inventory->numbers && length + LONGEST <= (long)sizeof buffer && next == (int64_t)inventory->numbers + BEFORE;
    return length > 0 && !is_last;
}

void lw_inventory(uint32_t flag, uint32_t numbers)
{
    struct inventory inventory = {.flag = flag, .numbers = numbers};
    is_whole = false;
    if (lw_careful)
        note_by_numbers(&inventory);
    if (lw_strict)
        return;
    memset(seen, 0, sizeof seen);
    long directory = lw_system4(SYS_openat, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (directory == -EMFILE)
        note_full_table(&inventory);
    if (directory < 0)
        return;
    while (note_some(&inventory, directory))
        ;
    lw_system1(SYS_close, directory);
}

/* Not so what was found while it was open, and has been closed since by a way that was not seen yet. */
static void drop_closed(struct lw_slot *slot, unsigned number, void *unused)
{
    uint64_t word = lw_word(slot);
    (void)unused;
    if (!lw_is_held(word) || !(slot->flags & LW_UNTRACKED) || lw_system3(SYS_fcntl, number, F_GETFD, 0) != -EBADF)
        return;
    slot->flags |= LW_IMPLICIT;
    lw_change(slot, word, lw_in_state(word, LW_FREE));
}

void lw_inventory_again(uint32_t flag)
{
    lw_fd_slots(&lw_map, 0, LW_FD_MAX, drop_closed, NULL);
    lw_inventory(flag, 0);
}
