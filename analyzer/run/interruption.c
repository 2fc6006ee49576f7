/* Signals that would end leakwatch while it has a directory to remove, or a report to write on a command that has run.
 *
 * DESIGN. Handlers, since exec sets these back and leaves what is ignored as it was: the command finds what it would have
 * found. What they call may be called in a handler. Somebody in a hurry sends an interrupt twice, and `timeout` sends each
 * signal to its child and to the group: the one that comes when the command has ended is let pass, the next one ends us. */
#include "interruption.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

enum { DEEPEST = 3, BLOCK = 4096, MOST = 1024 /* a sweep has one for each of its jobs */ };

static const int ending[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGXCPU};

static const char *volatile guarded[MOST];
static pid_t owner; /* a child that has not executed anything yet has the handlers, too */
static volatile sig_atomic_t spared, broken_pipes;

static void remove_tree(int parent, const char *name, int depth);

static bool is_own_or_parent(const char *name)
{
    return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/* What is removed may move what was not read yet: so it is read again until nothing is found. */
static bool remove_some(int directory, int depth)
{
    _Alignas(struct dirent64) char block[BLOCK];
    bool removed = false;
    ssize_t length;
    lseek(directory, 0, SEEK_SET);
    while ((length = getdents64(directory, block, sizeof block)) > 0) {
        for (ssize_t at = 0; at < length;) {
            const struct dirent64 *entry = (const void *)(block + at);
            at += entry->d_reclen;
            if (is_own_or_parent(entry->d_name))
                continue;
            if (unlinkat(directory, entry->d_name, 0) == 0)
                removed = true;
            else if (errno == EISDIR && depth < DEEPEST)
                remove_tree(directory, entry->d_name, depth + 1);
        }
    }
    return removed;
}

static void remove_tree(int parent, const char *name, int depth)
{
    int directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory >= 0) {
        while (remove_some(directory, depth))
            continue;
        close(directory);
    }
    unlinkat(parent, name, AT_REMOVEDIR);
}

static void end(int number)
{
    int error = errno;
    bool is_ours = getpid() == owner;
    if (is_ours && spared > 0) {
        spared = 0;
        errno = error;
        return;
    }
    for (size_t i = 0; is_ours && i < MOST; i++)
        if (guarded[i] != NULL)
            remove_tree(AT_FDCWD, guarded[i], 0);
    signal(number, SIG_DFL);
    raise(number); /* blocked until we return */
    errno = error;
}

static void carry_on(int number)
{
    (void)number; /* the write has failed, and who wrote is told so */
    broken_pipes++;
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction before, action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    if (sigaction(number, NULL, &before) == 0 && before.sa_handler == SIG_DFL)
        sigaction(number, &action, NULL);
}

static void replace(const char *one, const char *other)
{
    size_t i = 0;
    while (i < MOST && guarded[i] != one)
        i++;
    if (i < MOST && one != other)
        guarded[i] = other;
}

void interruption__guard(const char *directory)
{
    replace(NULL, directory);
    owner = getpid();
    spared = 0;
    handle(SIGPIPE, carry_on);
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++)
        handle(ending[i], end);
}

int interruption__broken_pipes(void)
{
    return broken_pipes;
}

void interruption__spare_one(void)
{
    spared = 1;
}

void interruption__relax(const char *directory)
{
    replace(directory, NULL);
    spared = 0;
}
