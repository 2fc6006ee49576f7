/* Deeds that acquire, duplicate and close descriptors. */
#include "every_hook.h"

#include <mqueue.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#include "leakwatch/ledger.h"

#define HIGH 900 /* numbers from here on are nobody's but the bulk closes' */

/* ---- Files ---- */

static void by_path(void *function)
{
    put_away(took(TYPED(function, int, const char *, int, ...)("some.txt", O_RDWR | O_CREAT, 0600)));
}

static void by_path_without_mode(void *function)
{
    put_away(took(TYPED(function, int, const char *, int)("some.txt", O_RDONLY)));
}

static void by_directory(void *function)
{
    put_away(took(TYPED(function, int, int, const char *, int, ...)(AT_FDCWD, "some.txt", O_RDWR | O_CREAT, 0600)));
}

static void by_directory_without_mode(void *function)
{
    put_away(took(TYPED(function, int, int, const char *, int)(AT_FDCWD, "some.txt", O_RDONLY)));
}

static void created(void *function)
{
    put_away(took(TYPED(function, int, const char *, mode_t)("some.txt", 0600)));
}

static void by_handle(void *function)
{
    union {
        struct file_handle handle;
        char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
    } file = {.handle = {.handle_bytes = MAX_HANDLE_SZ}};
    int mount = some_file(), mount_id;
    if (name_to_handle_at(AT_FDCWD, "some.txt", &file.handle, &mount_id, 0) != 0)
        file.handle.handle_bytes = 0;
    put_away(took(TYPED(function, int, int, struct file_handle *, int)(mount, &file.handle, O_RDONLY)));
    put_away(mount);
}

static void temporary(void *function)
{
    char name[] = "temporaryXXXXXX";
    put_away(took(TYPED(function, int, char *)(name)));
}

static void temporary_with_flags(void *function)
{
    char name[] = "temporaryXXXXXX";
    put_away(took(TYPED(function, int, char *, int)(name, O_CLOEXEC)));
}

static void temporary_with_suffix(void *function)
{
    char name[] = "temporaryXXXXXX.txt";
    put_away(took(TYPED(function, int, char *, int)(name, 4)));
}

static void temporary_with_both(void *function)
{
    char name[] = "temporaryXXXXXX.txt";
    put_away(took(TYPED(function, int, char *, int, int)(name, 4, O_CLOEXEC)));
}

static void named_memory(void *function)
{
    put_away(took(TYPED(function, int, const char *, unsigned)("memory", MFD_CLOEXEC)));
}

static const char *own_name(void)
{
    static char name[64];
    snprintf(name, sizeof name, "/leakwatch-every-hook.%d", (int)getpid());
    return name;
}

static void shared_memory(void *function)
{
    put_away(took(TYPED(function, int, const char *, int, mode_t)(own_name(), O_RDWR | O_CREAT, 0600)));
    shm_unlink(own_name());
}

static void queue(void *function)
{
    struct mq_attr size = {.mq_maxmsg = 1, .mq_msgsize = 16};
    put_away(took(TYPED(function, mqd_t, const char *, int, ...)(own_name(), O_RDWR | O_CREAT, 0600, &size)));
}

static void queue_without_mode(void *function)
{
    put_away(took(TYPED(function, mqd_t, const char *, int)(own_name(), O_RDWR)));
}

static void queue_closed(void *function)
{
    int made = mq_open(own_name(), O_RDWR);
    mq_unlink(own_name());
    if (made < 0)
        return;
    also_acquired(HOOK_mq_open, 1);
    must(TYPED(function, int, mqd_t)(made), "mq_close");
    released(1);
}

/* ---- Mounts: what needs a privilege fails without it ---- */

static int context(int (*fsopen_)(const char *, unsigned))
{
    return fsopen_("tmpfs", 0);
}

static void context_opened(void *function)
{
    put_away(took(context(TYPED(function, int, const char *, unsigned))));
}

static void context_picked(void *function)
{
    put_away(took(TYPED(function, int, int, const char *, unsigned)(AT_FDCWD, "/", 0)));
}

static void mounted(void *function)
{
    put_away(took(TYPED(function, int, int, unsigned, unsigned)(-1, 0, 0)));
}

static void tree_opened(void *function)
{
    put_away(took(TYPED(function, int, int, const char *, unsigned)(AT_FDCWD, "/", O_CLOEXEC)));
}

/* ---- Events ---- */

static void by_nothing(void *function)
{
    put_away(took(TYPED(function, int, void)()));
}

static void by_flags(void *function)
{
    put_away(took(TYPED(function, int, int)(O_CLOEXEC)));
}

static void by_size(void *function)
{
    put_away(took(TYPED(function, int, int)(1)));
}

static void event(void *function)
{
    put_away(took(TYPED(function, int, unsigned, int)(0, O_CLOEXEC)));
}

static void timer(void *function)
{
    put_away(took(TYPED(function, int, int, int)(CLOCK_MONOTONIC, 0)));
}

static void fanotify(void *function)
{
    put_away(took(TYPED(function, int, unsigned, unsigned)(FAN_CLASS_NOTIF, O_RDONLY)));
}

/* The second call changes what the first one made, and acquires nothing. */
static void signals(void *function)
{
    sigset_t none;
    sigemptyset(&none);
    int fd = took(TYPED(function, int, int, const sigset_t *, int)(-1, &none, 0));
    if (TYPED(function, int, int, const sigset_t *, int)(fd, &none, 0) != fd)
        puts("signalfd gave another descriptor");
    put_away(fd);
}

static void process(void *function)
{
    put_away(took(TYPED(function, int, pid_t, unsigned)(getpid(), 0)));
}

int pidfd_open(pid_t pid, unsigned flags);

static void from_process(void *function)
{
    int myself = must(pidfd_open(getpid(), 0), "pidfd_open");
    also_acquired(HOOK_pidfd_open, 1);
    put_away(took(TYPED(function, int, int, int, unsigned)(myself, STDIN_FILENO, 0)));
    put_away(myself);
}

/* ---- Pipes, terminals ---- */

static void both(const int ends[2])
{
    put_away(took(ends[0]));
    put_away(took(ends[1]));
}

static void plain_pipe(void *function)
{
    int ends[2];
    must(TYPED(function, int, int *)(ends), "pipe");
    both(ends);
}

static void pipe_with_flags(void *function)
{
    int ends[2];
    must(TYPED(function, int, int *, int)(ends, O_CLOEXEC), "pipe2");
    both(ends);
}

static void terminal(void *function)
{
    put_away(took(TYPED(function, int, int)(O_RDWR | O_NOCTTY)));
}

static void terminal_pair(void *function)
{
    int ends[2];
    must(TYPED(function, int, int *, int *, char *, const struct termios *, const struct winsize *)(&ends[0], &ends[1],
                                                                                                    NULL, NULL, NULL),
         "openpty");
    both(ends);
}

/* ---- Duplicates ---- */

static void duplicated(int fd)
{
    is_of_kind(LW_FD_FILE);
    put_away(took(fd));
}

static void duplicate(void *function)
{
    int fd = some_file();
    duplicated(TYPED(function, int, int)(fd));
    put_away(fd);
}

/* Over one that is open: that one is given back. Onto itself: nothing happens. */
static void duplicate_over(void *function)
{
    int fd = some_file(), other = some_file();
    must(TYPED(function, int, int, int)(fd, fd), "dup2");
    duplicated(TYPED(function, int, int, int)(fd, other));
    released(1);
    put_away(fd);
}

static void duplicate_over_with_flags(void *function)
{
    int fd = some_file(), other = some_file();
    duplicated(TYPED(function, int, int, int, int)(fd, other, O_CLOEXEC));
    released(1);
    put_away(fd);
}

static void controlled(void *function)
{
    int fd = some_file();
    must(TYPED(function, int, int, int, ...)(fd, F_SETFD, FD_CLOEXEC), "F_SETFD");
    duplicated(TYPED(function, int, int, int, ...)(fd, F_DUPFD_CLOEXEC, 20));
    put_away(fd);
}

/* ---- Closes ---- */

static void closed(void *function)
{
    must(TYPED(function, int, int)(some_file()), "close");
    released(1);
}

static int high_file(int number)
{
    int fd = some_file();
    also_acquired(HOOK_dup2, 1);
    must(dup2(fd, number), "dup2");
    put_away(fd);
    return number;
}

static void range_closed(void *function)
{
    unsigned first = (unsigned)high_file(HIGH), last = (unsigned)high_file(HIGH + 2);
    must(TYPED(function, int, unsigned, unsigned, int)(first, last, 0), "close_range");
    released(2);
}

static void rest_closed(void *function)
{
    high_file(HIGH + 1);
    TYPED(function, void, int)(HIGH);
    released(1);
}

/* ---- Roads for anything ---- */

static void requested(void *function)
{
    int master = must(posix_openpt(O_RDWR | O_NOCTTY), "posix_openpt");
    also_acquired(HOOK_posix_openpt, 1);
    must(unlockpt(master), "unlockpt");
    is_of_kind(LW_FD_PTY);
    put_away(took(TYPED(function, int, int, unsigned long, ...)(master, TIOCGPTPEER, O_RDWR | O_NOCTTY)));
    put_away(master);
}

static void by_number(void *function)
{
    long (*call)(long, ...) = TYPED(function, long, long, ...);
    is_of_kind(LW_FD_MEMFD);
    int fd = took((int)call(SYS_memfd_create, "by number", 0));
    if (fd >= 0) {
        must((int)call(SYS_close, fd), "SYS_close");
        released(1);
    }
}

deed *const descriptor_deeds[HOOKS] = {
    [HOOK_open] = by_path,
    [HOOK_open64] = by_path,
    [HOOK___open] = by_path,
    [HOOK___open64] = by_path,
    [HOOK___open_2] = by_path_without_mode,
    [HOOK___open64_2] = by_path_without_mode,
    [HOOK_openat] = by_directory,
    [HOOK_openat64] = by_directory,
    [HOOK___openat_2] = by_directory_without_mode,
    [HOOK___openat64_2] = by_directory_without_mode,
    [HOOK_creat] = created,
    [HOOK_creat64] = created,
    [HOOK_open_by_handle_at] = by_handle,
    [HOOK_mkstemp] = temporary,
    [HOOK_mkstemp64] = temporary,
    [HOOK_mkostemp] = temporary_with_flags,
    [HOOK_mkostemp64] = temporary_with_flags,
    [HOOK_mkstemps] = temporary_with_suffix,
    [HOOK_mkstemps64] = temporary_with_suffix,
    [HOOK_mkostemps] = temporary_with_both,
    [HOOK_mkostemps64] = temporary_with_both,
    [HOOK_memfd_create] = named_memory,
    [HOOK_shm_open] = shared_memory,
    [HOOK_mq_open] = queue,
    [HOOK___mq_open_2] = queue_without_mode,
    [HOOK_mq_close] = queue_closed,
    [HOOK_fsopen] = context_opened,
    [HOOK_fspick] = context_picked,
    [HOOK_fsmount] = mounted,
    [HOOK_open_tree] = tree_opened,
    [HOOK_eventfd] = event,
    [HOOK_signalfd] = signals,
    [HOOK_timerfd_create] = timer,
    [HOOK_epoll_create] = by_size,
    [HOOK_epoll_create1] = by_flags,
    [HOOK_inotify_init] = by_nothing,
    [HOOK_inotify_init1] = by_flags,
    [HOOK_fanotify_init] = fanotify,
    [HOOK_pidfd_open] = process,
    [HOOK_pidfd_getfd] = from_process,
    [HOOK_pipe] = plain_pipe,
    [HOOK___pipe] = plain_pipe,
    [HOOK_pipe2] = pipe_with_flags,
    [HOOK_posix_openpt] = terminal,
    [HOOK_getpt] = by_nothing,
    [HOOK_openpty] = terminal_pair,
    [HOOK_dup] = duplicate,
    [HOOK_dup2] = duplicate_over,
    [HOOK___dup2] = duplicate_over,
    [HOOK_dup3] = duplicate_over_with_flags,
    [HOOK_fcntl] = controlled,
    [HOOK_fcntl64] = controlled,
    [HOOK___fcntl] = controlled,
    [HOOK_close] = closed,
    [HOOK___close] = closed,
    [HOOK_close_range] = range_closed,
    [HOOK_closefrom] = rest_closed,
    [HOOK_ioctl] = requested,
    [HOOK_syscall] = by_number,
};
