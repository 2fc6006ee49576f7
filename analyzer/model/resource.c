/* The words for what findings are about: resources and errors. */
#include "resource.h"

#include <stddef.h>
#include <string.h>

#include "leakwatch/ledger.h"

/* clang-format off */
static const struct resource_type {
    uint32_t kind; /* enum lw_kind */
    const char *type;
    const char *one, *many;
} types[] = {
    {LW_FD_FILE,        "file",         "file",                     "files"},
    {LW_FD_DIRECTORY,   "directory",    "directory descriptor",     "directory descriptors"},
    {LW_FD_SOCKET,      "socket",       "socket",                   "sockets"},
    {LW_FD_SOCKETPAIR,  "socketpair",   "socket pair end",          "socket pair ends"},
    {LW_FD_PIPE,        "pipe",         "pipe end",                 "pipe ends"},
    {LW_FD_PTY,         "pty",          "pseudo-terminal",          "pseudo-terminals"},
    {LW_FD_MEMFD,       "memfd",        "memfd",                    "memfds"},
    {LW_FD_SHM,         "shm",          "shared memory object",     "shared memory objects"},
    {LW_FD_EVENTFD,     "eventfd",      "eventfd",                  "eventfds"},
    {LW_FD_SIGNALFD,    "signalfd",     "signalfd",                 "signalfds"},
    {LW_FD_TIMERFD,     "timerfd",      "timerfd",                  "timerfds"},
    {LW_FD_EPOLL,       "epoll",        "epoll descriptor",         "epoll descriptors"},
    {LW_FD_INOTIFY,     "inotify",      "inotify descriptor",       "inotify descriptors"},
    {LW_FD_FANOTIFY,    "fanotify",     "fanotify descriptor",      "fanotify descriptors"},
    {LW_FD_MQ,          "mq",           "message queue",            "message queues"},
    {LW_FD_PIDFD,       "pidfd",        "pidfd",                    "pidfds"},
    {LW_FD_FSAPI,       "fsapi",        "mount descriptor",         "mount descriptors"},
    {LW_FD_NAMESPACE,   "namespace",    "namespace descriptor",     "namespace descriptors"},
    {LW_FD_PERF,        "perf",         "perf event descriptor",    "perf event descriptors"},
    {LW_FD_BPF,         "bpf",          "BPF descriptor",           "BPF descriptors"},
    {LW_FD_IO_URING,    "io_uring",     "io_uring",                 "io_urings"},
    {LW_FD_USERFAULTFD, "userfaultfd",  "userfaultfd",              "userfaultfds"},
    {LW_FD_SECCOMP,     "seccomp",      "seccomp listener",         "seccomp listeners"},
    {LW_FD_LANDLOCK,    "landlock",     "Landlock ruleset",         "Landlock rulesets"},
    {LW_FD_DEVICE,      "device",       "device descriptor",        "device descriptors"},
    {LW_FD_OTHER,       "other",        "descriptor",               "descriptors"},
    {LW_STREAM_FILE,    "stream",       "stream",                   "streams"},
    {LW_STREAM_MEMORY,  "memory",       "memory stream",            "memory streams"},
    {LW_STREAM_CHILD,   "popen",        "child of popen",           "children of popen"},
    {LW_DIR,            "directory",    "directory",                "directories"},
    {LW_DIR_TREE,       "tree",         "directory tree walk",      "directory tree walks"},
    {LW_CHILD,          "child",        "child process",            "child processes"},
    {LW_THREAD,         "thread",       "thread",                   "threads"},
    {LW_MUTEX,          "mutex",        "mutex",                    "mutexes"},
    {LW_RWLOCK,         "rwlock",       "reader-writer lock",       "reader-writer locks"},
    {LW_READ_LOCK,      "read lock",    "read lock",                "read locks"},
    {LW_WRITE_LOCK,     "write lock",   "write lock",               "write locks"},
    {LW_SPINLOCK,       "spinlock",     "spin lock",                "spin locks"},
    {LW_STREAM_LOCK,    "stream lock",  "lock of a stream",         "locks of streams"},
    {LW_CONDITION,      "condition",    "condition variable",       "condition variables"},
    {LW_SEMAPHORE,      "semaphore",    "semaphore",                "semaphores"},
    {LW_BARRIER,        "barrier",      "barrier",                  "barriers"},
    {LW_FILE_LOCK,      "file lock",    "lock on a file",           "locks on files"},
    {LW_THREADING_LOCK, "threading lock", "threading lock",         "threading locks"},
};
/* clang-format on */

static const struct resource_type *type_of(uint32_t kind)
{
    static const struct resource_type unknown = {LW_KIND_NONE, "other", "resource", "resources"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].kind == kind)
            return &types[i];
    return &unknown;
}

const char *resource__type(uint32_t resource_kind)
{
    return type_of(resource_kind)->type;
}

const char *resource__noun(uint32_t resource_kind, uint64_t count)
{
    const struct resource_type *type = type_of(resource_kind);
    return count == 1 ? type->one : type->many;
}

const char *errno_name(int error)
{
#if __GLIBC_PREREQ(2, 32)
    return strerrorname_np(error);
#else
    (void)error;
    return NULL;
#endif
}
