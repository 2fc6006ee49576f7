/* The ledger begins: with the first acquisition worth recording, since it costs a file, or at once with keep=all. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "ledger/ledger.h"
#include "process/process.h"
#include "span/span.h"
#include "stack/stack.h"
#include "system/system.h"
#include "wake.h"

#define STAT_ROOM 1024

static long read_stat(void *text)
{
    long fd = lw_system4(SYS_openat, AT_FDCWD, "/proc/self/stat", O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    long length = lw_system3(SYS_read, fd, text, STAT_ROOM - 1);
    lw_system1(SYS_close, fd);
    return length;
}

/* Field 22 of /proc/self/stat; the name in field 2 may hold anything, so count from its last ')'. */
static uint64_t start_ticks(void)
{
    char text[STAT_ROOM];
    long length = lw_errand(read_stat, text);
    if (length <= 0)
        return 0;
    text[length] = 0;
    const char *at = strrchr(text, ')');
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    uint64_t ticks = 0;
    for (at = at ? at + 1 : text + length; *at >= '0' && *at <= '9'; at++)
        ticks = ticks * 10 + (uint64_t)(*at - '0');
    return ticks;
}

static LW_START_DATA char first_argument[LW_TEXT];

LW_START_CODE void lw_keep_first_argument(void)
{
    if (lw_arguments && *lw_arguments)
        memcpy(first_argument, *lw_arguments, strnlen(*lw_arguments, sizeof first_argument - 1));
}

void lw_keep_name(const char *name)
{
    memset(first_argument, 0, sizeof first_argument);
    memcpy(first_argument, name, strnlen(name, sizeof first_argument - 1));
}

/* A program that writes a title for ps over its arguments leaves none of them behind the first. What it has wiped out of
 * another one, a password, is not for us either. */
static void copy_arguments(char *room, size_t size)
{
    size_t at = 0;
    bool is_title =
        !lw_arguments || !*lw_arguments || strncmp(*lw_arguments, first_argument, sizeof first_argument - 1) != 0;
    if (is_title) {
        memcpy(room, first_argument, size < sizeof first_argument ? size : sizeof first_argument);
        return;
    }
    for (char **argument = lw_arguments; argument && *argument && at + 2 < size; argument++) {
        size_t length = strnlen(*argument, size - at - 2);
        memcpy(room + at, *argument, length);
        at += length + 1;
    }
}

static void copy_host(char *room)
{
    struct utsname about;
    _Static_assert(sizeof about.nodename <= LW_HOST, "names of hosts are cut");
    if (!lw_careful && lw_system1(SYS_uname, &about) == 0)
        memcpy(room, about.nodename, sizeof about.nodename);
}

/* Paths of this ledger, and of the parent's, with room for the link in front; most are short. */
#define SHORT 384
#define NAME_ROOM 200 /* more than a ledger's name takes, and what stands between the directories */
static LW_BEGIN_DATA char short_paths[2][LW_LINK_ROOM + SHORT];
static char long_paths[2][LW_LINK_ROOM + LW_PATH_ROOM];

static char *path_room(size_t needed)
{
    const char *parent = lw_parent.path;
    bool second = parent && (parent == short_paths[0] + LW_LINK_ROOM || parent == long_paths[0] + LW_LINK_ROOM);
    return (needed <= SHORT ? short_paths[second] : long_paths[second]) + LW_LINK_ROOM;
}

/* Described before there is a ledger to describe it in: its name needs this. What is known of a process by then stands in the
 * first tenth of a header. */
#define DESCRIBED offsetof(struct lw_header, handles)
static LW_BEGIN_DATA struct {
    _Alignas(64) char process[2048];
} beginning;
_Static_assert(DESCRIBED <= sizeof beginning.process, "there is room for what is known");

/* The compiler must not see that it is no whole header. */
static struct lw_header *described(void)
{
    void *process = beginning.process;
    __asm__("" : "+r"(process));
    return process;
}

/* What was asked of /proc/self/status as this ledger began; without a pid: it had been asked before. */
static LW_BEGIN_DATA struct lw_status status;

static uint32_t attached_before; /* each time it left a ledger, which has its name */

static void describe_process(struct lw_header *header)
{
    struct rlimit limit = {0, 0};
    header->pid = lw_pid;
    if (!status.pid && lw_careful && !lw_status_read(&status))
        status = (struct lw_status){0};
    header->parent_pid = status.pid || lw_careful ? status.parent : (uint32_t)lw_system0(SYS_getppid);
    header->uid = status.pid || lw_careful ? status.uid : (uint32_t)lw_system0(SYS_getuid);
    header->start_ticks = start_ticks();
    header->start_realtime = lw_now_of(lw_clock_stood ? CLOCK_REALTIME_COARSE : CLOCK_REALTIME);
    header->start_time = lw_now();
    lw_system4(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, &limit);
    header->nofile_soft = limit.rlim_cur;
    header->nofile_hard = limit.rlim_max;
    lw_own_program(header->exe, LW_TEXT);
    lw_own_directory(header->directory, LW_TEXT);
    header->directory[LW_TEXT - 1] = 0;
    copy_arguments(header->arguments, LW_TEXT);
    lw_link_read(header);
    if (lw_attaching)
        header->image += attached_before;
}

static void tell_sizes(struct lw_header *header)
{
    header->slot_size = sizeof(struct lw_slot);
    header->lane_size = sizeof(struct lw_lane);
    header->site_count_size = sizeof(struct lw_site_count);
    header->scope_count_size = sizeof(struct lw_scope_count);
    header->samples_size = offsetof(struct lw_samples, sample);
    header->sample_size = sizeof(struct lw_sample);
}

static bool fill_header(void)
{
    struct lw_header *header = lw_header();
    header->major = LW_MAJOR;
    header->minor = LW_MINOR;
    header->byte_order = LW_BYTE_ORDER;
    header->header_size = sizeof *header;
    header->machine = LW_MACHINE;
    header->file_size = lw_map.size;
    header->used = sizeof *header;
    header->troubles |= (lw_strict ? LW_TROUBLE_STRICT : 0) | (lw_careful ? LW_TROUBLE_FILTERED : 0) |
                        (lw_options.locks == LW_LOCKS_OFF ? LW_TROUBLE_LOCKS_OFF : 0) |
                        (lw_attaching ? LW_TROUBLE_ATTACHED : 0);
    lw_tables_begin(header);
    tell_sizes(header);
    lw_note_clock();
    header->attached_time = lw_attaching ? header->start_time : 0;
    bool good = lw_bounds_begin(&lw_map) && lw_block_at(&header->exhaustion, sizeof(struct lw_exhaustion)) &&
                lw_fd_slot(0, true) && lw_block_at(&header->samples, sizeof(struct lw_samples));
    __atomic_store_n(&header->magic, LW_MAGIC, __ATOMIC_RELEASE);
    return good;
}

/* leakwatch.<exe>.<pid>.<start>.<n>.lwl, with nothing in <exe> that a shell or a terminal would trip over. */
static bool ledger_path(char *path, size_t size, const char *directory, const char *below,
                        const struct lw_header *process)
{
    const char *slash = strrchr(process->exe, '/'), *exe = slash ? slash + 1 : process->exe;
    if (strlen(directory) + strlen(below) + NAME_ROOM > size)
        return false;
    char *at = stpcpy(stpcpy(path, directory), "/");
    at = stpcpy(stpcpy(stpcpy(at, below), *below ? "/" : ""), "leakwatch.");
    for (int i = 0; i < 64 && exe[i]; i++) {
        char c = exe[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                     c == '+' || c == '_';
        *at++ = plain ? c : '_';
    }
    *at++ = '.';
    at = lw_append_number(at, process->pid);
    *at++ = '.';
    at = lw_append_number(at, process->start_ticks);
    *at++ = '.';
    at = lw_append_number(at, process->image);
    stpcpy(at, LW_SUFFIX);
    return true;
}

static const char *error_text(int error)
{
#if __GLIBC_PREREQ(2, 32)
    return strerrordesc_np(error);
#else
    return error == ENOSPC ? "No space left on device" : "refused by the system"; /* strerror may allocate */
#endif
}

#define IMAGES_MORE 64 /* ledgers of earlier images of this process that the link did not tell of */

static bool map_in(const char *directory, const char *below, char *path, struct lw_header *process, int *error)
{
    uint32_t image = process->image;
    *error = *directory ? ENAMETOOLONG : ENOENT;
    for (int i = 0; *directory && i < IMAGES_MORE && ledger_path(path, LW_PATH_ROOM, directory, below, process); i++) {
        if (lw_map_open(&lw_map, path, (uint64_t)lw_options.size << 20, error))
            return true;
        if (*error != EEXIST)
            break;
        process->image++;
    }
    process->image = image;
    return false;
}

/* Who begins when the run has ended finds its directory gone, and nobody wants to know. Behind chroot and in a mount
 * namespace the directory is not there either: but what it lay in is another one, and the run may go on. */
static bool run_has_ended(char *path, int error)
{
    struct stat above;
    char *slash = strrchr(strcpy(path, lw_options.directory), '/');
    if (error != ENOENT || !lw_options.quiet || lw_options.above == 0 || lw_careful || !slash)
        return false;
    slash[slash == path] = 0;
    return lw_system4(SYS_newfstatat, AT_FDCWD, path, &above, 0) == 0 && (uint32_t)above.st_ino == lw_options.above;
}

/* Where it was asked for, or in the place that `run` has made there for workers that are not root any more; else in
 * /dev/shm; else in memory, where at least the line at the end is right. */
static bool place_ledger(struct lw_header *process)
{
    const char *directory = lw_options.directory[0] ? lw_options.directory : process->directory;
    char *path = path_room(strlen(directory) + sizeof lw_options.workers + NAME_ROOM);
    int error, ignored;
    if (map_in(directory, "", path, process, &error))
        return true;
    bool forbidden = error == EACCES || error == EPERM;
    if (forbidden && lw_options.workers[0] && map_in(directory, lw_options.workers, path, process, &error))
        return true;
    if (run_has_ended(path, error))
        return false;
    process->troubles |= forbidden && (error == EACCES || error == EPERM) ? LW_TROUBLE_FORBIDDEN : 0;
    bool elsewhere = map_in("/dev/shm", "", path, process, &ignored);
    if (!elsewhere && !lw_map_open(&lw_map, NULL, (uint64_t)lw_options.size << 20, &ignored) &&
        !lw_map_open(&lw_map, NULL, 4u << 20, &ignored)) {
        lw_say("cannot keep a ledger in ", directory, ": ", error_text(error), "; nothing is recorded", NULL);
        return false;
    }
    lw_say("cannot keep the ledger in ", *directory ? directory : "a working directory that is gone", ": ",
           error_text(error), "; it is kept in ", elsewhere ? lw_map.path : "memory, and no report can be made", NULL);
    return true;
}

static bool make_ledger(void)
{
    struct lw_header *process = described();
    memset(process, 0, DESCRIBED);
    describe_process(process);
    if (!place_ledger(process))
        return false;
    memcpy(lw_header(), process, DESCRIBED); /* a new ledger is zero */
    copy_host(lw_header()->host);
    if (!lw_map.is_file || strncmp(lw_map.path, lw_options.directory, strlen(lw_options.directory)) != 0)
        lw_header()->troubles |= LW_TROUBLE_RELOCATED;
    lw_new_era();
    if (!fill_header()) {
        lw_map_close(&lw_map);
        lw_new_era();
        return false;
    }
    if (lw_attaching)
        attached_before++;
    lw_inventory(lw_attaching ? LW_INHERITED | LW_UNTRACKED : LW_INHERITED, status.numbers);
    lw_map_keep_header(&lw_parent); /* to say that this heir is gone */
    lw_count_heir(1);
    lw_link_write(&lw_map);
    return true;
}

/* Another thread is at it: half a millisecond, as a rule. What is acquired past that wait, the inventory finds. */
static bool wait_for_ledger(void)
{
    for (int i = 0; i < 2000 && !lw_strict; i++) {
        if (__atomic_load_n(&lw_phase, __ATOMIC_ACQUIRE) != LW_PHASE_BEGINNING)
            break;
        if (lw_looked)
            lw_system0(SYS_sched_yield);
    }
    return lw_keeping();
}

/* What is known before signals are blocked. */
struct before {
    void (*then)(void *);
    struct lw_status status;
};

/* No handler comes in between: one that left by a jump would leave it begun for ever. */
static void begin(void *context)
{
    const struct before *before = context;
    uint32_t ready = LW_PHASE_READY;
    if (!__atomic_compare_exchange_n(&lw_phase, &ready, LW_PHASE_BEGINNING, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return;
    lw_thread.busy = 1; /* where they cannot be blocked, it records nothing */
    status = before->status;
    bool made = make_ledger();
    lw_roll_strike();
    lw_thread.busy = 0;
    __atomic_store_n(&lw_phase, made ? LW_PHASE_KEEPING : LW_PHASE_OFF, __ATOMIC_RELEASE);
    if (made && before->then)
        before->then(&lw_thread);
}

/* By one call, into room that is there; who finds it taken, by another thread or by what it has interrupted, needs some more. */
static void look(struct lw_status *seen)
{
    static LW_BEGIN_DATA bool is_taken;
    *seen = (struct lw_status){0};
    if (lw_looked)
        return;
    if (__atomic_exchange_n(&is_taken, true, __ATOMIC_ACQUIRE)) {
        lw_filter_look();
        return;
    }
    lw_filter_look_at_once(seen, beginning.process, sizeof beginning.process);
    __atomic_store_n(&is_taken, false, __ATOMIC_RELEASE);
}

/* The first thread of a process has its number. (One that was cloned by hand has another one's in the C library.) */
static void note_own_id(struct lw_thread *thread)
{
    if (!thread->id && !lw_careful && lw_own_tid() == lw_pid)
        thread->id = lw_pid;
}

bool lw_begin(void)
{
    return lw_begin_and(NULL);
}

bool lw_begin_and(void (*then)(void *thread))
{
    uint32_t phase = __atomic_load_n(&lw_phase, __ATOMIC_ACQUIRE);
    struct before before = {.then = then};
    if (!lw_constructed || lw_thread.busy)
        return false;
    if (phase != LW_PHASE_READY)
        return phase == LW_PHASE_KEEPING || (phase == LW_PHASE_BEGINNING && wait_for_ledger());
    look(&before.status);
    if (lw_options.quiet && !lw_late)
        lw_say_to_this_stderr(); /* nothing was to be said so far */
    if (before.status.pid)
        note_own_id(&lw_thread);
    if (!lw_aside(begin, &before))
        return false; /* another call may have more room */
    return lw_keeping() || (lw_phase == LW_PHASE_BEGINNING && wait_for_ledger());
}
