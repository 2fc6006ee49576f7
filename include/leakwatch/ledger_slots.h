/* Slots, one for every resource held now: a part of the ledger's format, which ledger.h describes. */
#ifndef LEAKWATCH_LEDGER_SLOTS_H
#define LEAKWATCH_LEDGER_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

/* What it is. The class is how it is dealt with, and what findings are named by; see lw_class. */
enum lw_kind {
    LW_KIND_NONE = 0,
    /* class fd */
    LW_FD_FILE = 1,
    LW_FD_DIRECTORY,
    LW_FD_SOCKET,
    LW_FD_SOCKETPAIR,
    LW_FD_PIPE,
    LW_FD_PTY,
    LW_FD_MEMFD,
    LW_FD_SHM,
    LW_FD_EVENTFD,
    LW_FD_SIGNALFD,
    LW_FD_TIMERFD,
    LW_FD_EPOLL,
    LW_FD_INOTIFY,
    LW_FD_FANOTIFY,
    LW_FD_MQ,
    LW_FD_PIDFD,
    LW_FD_FSAPI,
    LW_FD_NAMESPACE,
    LW_FD_PERF,
    LW_FD_BPF,
    LW_FD_IO_URING,
    LW_FD_USERFAULTFD,
    LW_FD_SECCOMP,
    LW_FD_LANDLOCK,
    LW_FD_DEVICE /* made by an ioctl */,
    LW_FD_OTHER,
    /* class stream */
    LW_STREAM_FILE = 64,
    LW_STREAM_MEMORY /* fmemopen, open_memstream, fopencookie: no descriptor below */,
    LW_STREAM_CHILD /* popen: also a child */,
    /* class dir */
    LW_DIR = 80,
    LW_DIR_TREE /* fts */,
    /* class child: a process to be waited for */
    LW_CHILD = 96,
    /* class lock (since minor 3): what is held, or the object itself */
    LW_MUTEX = 112,
    LW_RWLOCK /* the object: it is held as one of the two that follow */,
    LW_READ_LOCK,
    LW_WRITE_LOCK,
    LW_SPINLOCK,
    LW_STREAM_LOCK /* flockfile */,
    LW_CONDITION,
    LW_SEMAPHORE,
    LW_BARRIER,
    LW_FILE_LOCK /* waited for; since minor 4 */,
    LW_THREADING_LOCK /* of Python, a semaphore that its binding asks for; since minor 7 */,
    /* class thread (since minor 3) */
    LW_THREAD = 126 /* one that is to be joined */,
    LW_KIND_END = 256
};

enum lw_class {
    LW_CLASS_NONE,
    LW_CLASS_FD,     /* a number in the process's table */
    LW_CLASS_STREAM, /* known by its address; most have a number below */
    LW_CLASS_DIR,    /* likewise */
    LW_CLASS_CHILD,  /* known by its pid */
    LW_CLASS_LOCK,   /* known by its address */
    LW_CLASS_THREAD, /* known by its pthread_t */
    LW_CLASS_OTHER   /* nothing that this version knows */
};
static inline enum lw_class lw_class(uint32_t kind)
{
    if (kind == LW_KIND_NONE)
        return LW_CLASS_NONE;
    if (kind < LW_STREAM_FILE)
        return LW_CLASS_FD;
    if (kind < LW_DIR)
        return LW_CLASS_STREAM;
    if (kind < LW_CHILD)
        return LW_CLASS_DIR;
    if (kind < LW_MUTEX)
        return kind == LW_CHILD ? LW_CLASS_CHILD : LW_CLASS_OTHER;
    if (kind < LW_THREAD)
        return kind <= LW_THREADING_LOCK ? LW_CLASS_LOCK : LW_CLASS_OTHER;
    return kind == LW_THREAD ? LW_CLASS_THREAD : LW_CLASS_OTHER;
}
static inline const char *lw_class_name(enum lw_class class_)
{
    static const char *const names[] = {"none", "fd", "stream", "dir", "child", "lock", "thread", "other"};
    return names[class_];
}

/* A slot's word is state | sequence << 8; whoever changes the state of a slot to LW_WRITING raises the sequence. Read
 * the word, copy the slot, read the word again: if it changed or says LW_WRITING, try again. In a process that has
 * ended, LW_WRITING means that it ended in the middle. */
enum lw_state {
    LW_EMPTY = 0,     /* never used */
    LW_WRITING = 1,   /* being filled in */
    LW_HELD = 2,      /* held now */
    LW_RELEASING = 3, /* its release has been called and has not returned: held, "inside its release" */
    LW_FREE = 4       /* given back: site, release_stack and times tell of the last one */
};
static inline enum lw_state lw_state(uint64_t word)
{
    return (enum lw_state)(word & 0xff);
}
static inline bool lw_is_held(uint64_t word)
{
    return lw_state(word) == LW_HELD || lw_state(word) == LW_RELEASING;
}

/* 2048 was reserved up to minor 2, and never set. */
enum lw_slot_flag {
    LW_INHERITED = 1,     /* was open when the process began (or was forked): origin_stack counts, site is 0 */
    LW_UNTRACKED = 2,     /* found open, but its acquisition was not seen */
    LW_CLOEXEC = 4,       /* closed by exec, as far as was seen */
    LW_DETAIL_CUT = 8,    /* detail continues beyond what is here */
    LW_DUPLICATE = 16,    /* made by dup & co. from `partner` */
    LW_RECEIVED = 32,     /* came over a socket (SCM_RIGHTS) */
    LW_LISTENING = 64,    /* listen() succeeded */
    LW_CONNECTED = 128,   /* connect() succeeded or is in progress, or it came from accept() */
    LW_HEALED = 256,      /* the slot was found occupied: an earlier release was not seen */
    LW_IMPLICIT = 512,    /* FREE: released by dup2/dup3 over it, by a bulk close or by exec, not by its own release */
    LW_SWEPT = 1024,      /* FREE: released by a bulk close (close_range, closefrom) */
    LW_REDIRECTED = 4096, /* 0, 1 or 2, a duplicate or /dev/null: normal use, nothing to give back */
    LW_EXPECTED = 8192,   /* held on purpose, says the program: its label says why */
    LW_HANDED = 16384,    /* handed over to another scope, or to the process */
    LW_INTERRUPTED = 32768, /* FREE: its close said EINTR */
    LW_LOOKED = 65536,      /* a stream: the program asked ferror, and was told of an error */
    LW_HIT = 131072,        /* FREE: closed in the place of what had the number before; that has been written down */
    LW_POLLED = 262144,     /* a child: was found ended by a call that does not wait (since minor 1) */
    LW_CARRIES_ON = 524288, /* a child: still ran its parent's program when that ended (since minor 1) */
    LW_OVER = 1048576,      /* a thread: has ended (since minor 3) */
    LW_DETACHED = 2097152   /* a thread: nobody is to join it (since minor 5); held as long as it runs */
};

#define LW_DETAIL 112
#define LW_LABEL 64          /* bytes of a label at most */
#define LW_LEFT (1ULL << 63) /* in lw_slot.entry: its scope has ended, at the time that the other bits give */
struct lw_slot {
    uint64_t word;   /* state and sequence */
    uint64_t handle; /* the descriptor's number, the stream's address, the child's pid */
    uint64_t acquired_time;
    uint64_t released_time; /* of the last release; RELEASING: of its beginning; LW_OVER: the thread's end (minor 5) */
    uint64_t entry;  /* for which entry of a scope it is held; 0: the process; LW_LEFT | time: left behind by it */
    uint32_t site;   /* who acquired it */
    uint32_t thread; /* kernel id of the acquiring thread */
    uint32_t release_stack; /* who released it last */
    uint32_t release_thread;
    uint32_t release_call; /* name of the releasing call */
    uint32_t kind;         /* enum lw_kind */
    uint32_t flags;        /* enum lw_slot_flag, or-ed */
    uint32_t owner;        /* a descriptor's: 1 + number of the handle slot (stream, directory) that owns it; 0: none */
    int32_t number;        /* a stream's or directory's: the descriptor below; -1: none */
    int32_t partner;       /* other end of the pipe or pair; what it is a duplicate of; -1: none */
    int32_t error;         /* errno of the last failed connect; 0: none */
    uint32_t open_flags;   /* as given: O_*, SOCK_*, EFD_* …; of a thread: KiB of its stack (since minor 5) */
    uint16_t family, type; /* of a socket: AF_*, SOCK_* */
    uint16_t protocol;     /* of a socket */
    uint16_t detail_length;
    uint32_t origin_stack; /* inherited over fork: in the parent's ledger (lw_header.link); a thread's: its routine */
    uint32_t origin_call;  /* inherited over fork: name number in the parent's ledger of the call that made it */
    uint32_t leftover;     /* while `entry` has LW_LEFT: number of the struct lw_leftover it is counted in; 0: none */
    uint16_t label_length; /* bytes of a label of the program's, at the end of `detail` */
    uint16_t unused;
    uint32_t prior_site;    /* what had this number before: who had acquired it, */
    uint32_t prior_stack;   /* who released it, */
    uint32_t prior_thread;  /* in which thread */
    uint32_t origin_site;   /* inherited over fork: its site in the parent's ledger, copied (since minor 1); 0: none */
    uint64_t tag;           /* of its owner, by leakwatch_own; 0: none */
    char detail[LW_DETAIL]; /* path as given, "listening 0.0.0.0:80", "connected 10.0.0.1:5432", name; not terminated */
};

/* Is it the program's to give back, while it is held? Not what it was given, nor a part of something else, nor normal use;
 * nor a thread that still runs. */
static inline bool lw_is_due(const struct lw_slot *slot)
{
    return !slot->owner && !(slot->flags & (LW_INHERITED | LW_REDIRECTED)) &&
           (slot->kind != LW_THREAD || (slot->flags & (LW_OVER | LW_DETACHED)) == LW_OVER);
}

/* Descriptors are found by number: three levels of 256 offsets each, then a leaf of 64 slots.
 * number = top:8 | middle:8 | low:8 | slot:6; the first level stands in the header. */
#define LW_FD_FANOUT 256u
#define LW_FD_LEAF 64u
#define LW_FD_MAX (1u << 30)
struct lw_fd_node {
    uint64_t below[LW_FD_FANOUT];
};

/* Handles (streams, directories, children) are found by value: generations of buckets, each generation four times as
 * large as the one before. A key is looked for in its bucket of every generation. A slot is taken over by setting its
 * word to WRITING first and its key then. A handle slot's number is its position, counted through the generations. */
#define LW_BUCKET 8u
#define LW_BUCKETS_FIRST 4u
#define LW_HANDLE_GENERATIONS 9u
struct lw_handles {
    uint64_t keys[LW_HANDLE_GENERATIONS];  /* offset of (4 << 2g) buckets of 8 uint64_t keys; 0 = never used */
    uint64_t slots[LW_HANDLE_GENERATIONS]; /* offset of as many struct lw_slot */
};

/* Of exceptions that the binding of a language saw swallowed, rows of FAILURES with a role of LW_SWALLOWED or _TOLD: `call`
 * is what did it, `error`, where the exception has no errno, minus the number of the name of its type, `detail` the exception,
 * `status` one of these, as in leakwatch.h. */
enum lw_telling { LW_UNTOLD, LW_LOGGED, LW_BY_LIBRARY };

#endif
