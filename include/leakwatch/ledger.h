/* The ledger: the one document that passes from libleakwatch.so (which writes it) to leakwatch (which reads it).
 *
 * DESIGN. A ledger describes one process image. It is a file mapped MAP_SHARED, so that what is in it survives any end
 * of the process and can be read at any moment. It holds tables, not a log: its size follows what is distinct.
 *
 *   header | blocks, handed out front to back: `used` says how far; everything behind it is a hole
 *
 * Every table is an array in segments: segment k holds `first << k` elements, so element i lies in segment
 * floor(log2(i / first + 1)). Nothing is ever moved. Element 0 of every table means "none". Tables that are looked up
 * by content have an index: open-addressed generations of element numbers, each four times as large as the one before,
 * append-only; an element is reserved, filled, and published by putting its number into the index. `count` may thus be
 * ahead of what is published: an element whose `state` (or first field, see each) is 0 was lost in mid-insert.
 *
 * Counters that change with every event stand in lanes: a lane belongs to one thread at a time (the last one to all
 * threads that found no lane), and the reader adds the lanes up.
 *
 * Rules that hold for the whole file: little-endian, fixed widths, natural alignment; an offset counts bytes from the
 * start of the file and 0 means "not there"; a time is nanoseconds of CLOCK_MONOTONIC (granularity: the kernel's tick;
 * since minor 1 each acquisition of a thread has a later time than the one before it) and 0 means "never"; a reader
 * trusts nothing and checks every offset, count, string and cross-reference. A minor version only appends: tables, enum
 * values, fields at the end of the header and of all that the file tells the size of: rows of tables, slots, lanes and
 * their counters, samples. A reader goes from one to the next by the writer's size, and takes for 0 what the writer's
 * end before. */
#ifndef LEAKWATCH_LEDGER_H
#define LEAKWATCH_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger_boards.h"
#include "ledger_lanes.h"
#include "ledger_slots.h"

#define LW_MAGIC 0x315245474445574cULL /* "LWEDGER1" */
#define LW_MAJOR 2                     /* another major: another format */
#define LW_MINOR 8                     /* a higher minor: the same, and more behind it */
#define LW_BYTE_ORDER 0x01020304u      /* reads as this where the writer's byte order is the reader's */
#define LW_SUFFIX ".lwl"               /* leakwatch.<exe>.<pid>.<start>.<n>.lwl */

enum lw_machine { LW_MACHINE_X86_64 = 62, LW_MACHINE_AARCH64 = 183 }; /* as ELF's e_machine */

/* ---- Tables ------------------------------------------------------------------------------------------------------ */

enum lw_table_id {
#define LW_TABLE(id, ...) LW_##id,
#include "leakwatch/tables.def"
    LW_TABLES, /* how many there are in this version */
/* The same by the nouns of their elements: LW_TABLE_OF_site is LW_SITES. */
#define LW_TABLE(id, noun, ...) LW_TABLE_OF_##noun = LW_##id,
#include "leakwatch/tables.def"
};
#define LW_TABLE_ROOM 24    /* table headers that fit the file header, for versions to come */
#define LW_GENERATIONS 8    /* generations of an index */
#define LW_INDEX_FIRST 256u /* entries of an index's first generation; each further one is four times as large */
#define LW_INDEX_WINDOW 16u /* entries that a hash may have in one generation, before the next one */

struct lw_table {
    uint32_t element_size;          /* bytes of one element */
    uint32_t first;                 /* elements of segment 0, a power of two */
    uint32_t cap;                   /* elements are numbered below this; what comes after is folded */
    uint32_t count;                 /* elements reserved so far, element 0 included */
    uint64_t folded;                /* how often something had to share the row `other`, or be left out */
    uint64_t segments[LW_SEGMENTS]; /* offset of each segment */
    uint64_t index[LW_GENERATIONS]; /* offset of each generation of the index, which is the writer's own */
};

/* Where a table is full, its last element number `LW_OTHER` stands for all that did not fit. It has no element. */
#define LW_OTHER 0xffffffffu

#define LW_NAME_TEXT 112
struct lw_name {
    uint32_t hash;   /* FNV-1a of the whole text; never 0 in a published name */
    uint32_t next;   /* the name that carries on where this one ends; 0 at the end (see length) */
    uint32_t length; /* bytes of the whole text from here on; the first min(length, 112) stand here */
    uint32_t unused;
    char text[LW_NAME_TEXT]; /* not terminated */
};

struct lw_module {
    uint64_t base;       /* load bias: address in the process minus address in the file */
    uint64_t start, end; /* the addresses it covered */
    uint64_t first_seen; /* time */
    uint32_t name;       /* path as the loader knows it; the executable's is its /proc/self/exe */
    uint32_t build_id_length;
    uint8_t build_id[32]; /* GNU build-id, cut to 32 bytes; length 0 where it has none */
};

/* Frames are return addresses, so look up address - 1, except where the next inner frame is a signal trampoline: that
 * frame was interrupted exactly at its address. */
struct lw_frame {
    uint64_t address; /* in the process; or one of LW_ADDRESS_… */
    uint32_t parent;  /* the frame that called this one; 0 at the outermost */
    uint32_t module;  /* 0 for code that belongs to no module */
};
#define LW_ADDRESS_GENERATED 1ULL /* code made at run time: addresses would grow without end, so they are one … */
/* A line of an interpreted program, told by its language's binding. `module` then is the number of a name, whose text is
 * "LINE\nFUNCTION\nFILE". Such frames are the innermost of their stack, inside the interpreter's own. */
#define LW_ADDRESS_SOURCE 2ULL
/* A line that an interpreter was at, as its own frames say: `module` then is its number in LINES; 0: there was no room for
 * it. It stands where the interpreter's code stood, anywhere in a stack. Since minor 7 */
#define LW_ADDRESS_LINE 3ULL
static inline bool lw_is_line(const struct lw_frame *frame)
{
    return frame->address == LW_ADDRESS_SOURCE || frame->address == LW_ADDRESS_LINE;
}
/* … but where perfmap= asks for them: then a frame of module 0 has an address. Since minor 7 */
#define lw_is_generated(frame) ((frame)->module == 0 && !lw_is_line(frame))
enum lw_language { LW_PYTHON = 1 };
struct lw_line {
    uint32_t function; /* a name, qualified where the interpreter knows that; 0: lost in mid-insert */
    uint32_t file;     /* a name; 0: it found no room */
    uint32_t line;     /* 0: not known */
    uint32_t language; /* enum lw_language */
};

enum lw_scope_kind {
    LW_SCOPE_NAMED = 2, /* begun by name; the process is scope 0 and has no element */
    LW_SCOPE_THREAD,    /* a thread, from its first record to its end; never the parent of another scope */
    LW_SCOPE_FUNCTION   /* a function that LEAKWATCH_OPTIONS=scopes= selects */
};
#define LW_SCOPE_NAME 96  /* bytes of a scope's name; longer ones are cut */
#define LW_SCOPE_DEPTH 64 /* scopes around each other at most; deeper ones are counted: lw_header.scopes_lost */
#define LW_SCOPE_CAP 4096 /* scopes (paths) of a ledger at most; what comes after is folded */
struct lw_scope {
    uint32_t kind;    /* enum lw_scope_kind; 0: lost in mid-insert */
    uint32_t parent;  /* the scope around it; 0 for the process */
    uint32_t name;    /* 0 for a thread */
    uint32_t depth;   /* 1 where the process is around it */
    uint64_t address; /* of a thread: return address in its outermost frame (its start routine); 0: not known */
    uint32_t module;  /* of that address; 0: none */
    uint32_t unused;
    uint64_t first_time;
    uint64_t unused_too;
};

struct lw_site {
    uint32_t stack; /* who acquires; 0: not known */
    uint32_t scope; /* for which work; 0: the process */
    uint32_t call;  /* name of the function called, "open"; 0: lost in mid-insert */
    uint32_t kind;  /* enum lw_kind of what is acquired */
    uint64_t first_time;
};

struct lw_release {
    uint32_t site;  /* what was acquired there … */
    uint32_t stack; /* … is released here */
    uint32_t call;  /* by this call ("close"); 0: lost in mid-insert */
    uint32_t flags; /* enum lw_release_flag, or-ed */
};
enum lw_release_flag {
    LW_RELEASED_WRITABLE = 1, /* what went through here could be written to */
    LW_RELEASED_POLLED = 2    /* children that had ended already: the call does not wait (since minor 1) */
};

enum lw_failure_role {
    LW_FAILED_ACQUIRE = 1,
    LW_FAILED_RELEASE,
    LW_FAILED_USE,
    LW_LOST_WRITE,   /* a stream that had an unreported write error was closed, or could not be flushed at exit */
    LW_FAILED_WRITE, /* to a stream: whether the program looked at that tells whether it knew of what was lost later */
    LW_FAILED_LIMIT, /* an acquisition: EMFILE, though the table of descriptors was not full (since minor 1) */
    LW_SWALLOWED,    /* an exception, and nothing was said about it: see enum lw_telling (since minor 7) */
    LW_SWALLOWED_TOLD
};
struct lw_failure {
    uint32_t stack;
    uint32_t call;   /* 0: lost in mid-insert */
    int32_t error;   /* errno */
    uint32_t role;   /* enum lw_failure_role */
    uint32_t site;   /* who had acquired what was being released, the last time; of writes, each time; 0: not known */
    uint32_t thread; /* the last one */
    uint64_t count;
    uint64_t first_time, last_time;
    uint64_t handle; /* the last one's descriptor number, or stream */
    int32_t status;  /* of what could not be flushed at exit: the exit status that the program gave */
    uint32_t unused;
    char detail[64]; /* of the last one; zero-terminated unless full */
};

enum lw_misuse_kind {
    LW_CLOSED_TWICE = 1, /* EBADF, and the number is known to have been closed */
    LW_CLOSED_REUSED,    /* success, but the number had been given to somebody else meanwhile */
    LW_CLOSED_AGAIN,     /* EBADF after EINTR: the first close had closed it */
    LW_HANDLE_TWICE,     /* a stream or directory that had been closed */
    LW_INVALID_NUMBER,   /* close(-1) and the like */
    LW_INVALID_NULL,     /* fclose(NULL) and the like */
    LW_INVALID_HANDLE,   /* a small number where a stream or directory belongs */
    LW_FOREIGN_CLOSE,    /* a descriptor that a stream or directory owns */
    LW_WRONG_OWNER,      /* a descriptor with another owner's tag */
    LW_CLOBBERED,        /* dup2 or dup3 over it */
    /* From minor 1 on: */
    LW_USED_CLOSED, /* a call on a number that is known to be closed, which failed with EBADF; first_…: its release */
    LW_SWEEPS,      /* no misuse: this stack closes number after number, what is open and what is not */
    LW_PROBES,      /* no misuse: this stack asks number after number whether it is open */
    /* From minor 3 on, of locks: `handle` is the address, `resource` its kind; `site` is who holds it, `victim_thread` its
     * thread, 0 where nobody does or it is not known. */
    LW_LOCK_NOT_HELD = 32,     /* given back, and nobody has it */
    LW_LOCK_ANOTHERS,          /* given back, and another thread has it */
    LW_LOCK_TWICE,             /* asked for by the thread that has it: EDEADLK */
    LW_LOCK_OWNER_DIED,        /* got, as the thread that had it is no more: EOWNERDEAD */
    LW_LOCK_DESTROYED_HELD,    /* destroyed while somebody has it */
    LW_LOCK_DESTROYED_AWAITED, /* destroyed while nobody has it, and somebody waits for it */
    LW_LOCK_DESTROYED_TWICE,   /* destroyed, and it had been */
    LW_LOCK_USED_DESTROYED,    /* used after it was destroyed */
    LW_LOCK_INITIALISED_HELD,  /* initialised again while this thread has it; or its memory is another one's now */
    LW_LOCK_WAIT_WITHOUT,      /* a wait for a condition by a thread that does not have the mutex */
    LW_LOCK_MISUSES_END
};
static inline bool lw_is_lock_misuse(uint32_t kind)
{
    return kind >= LW_LOCK_NOT_HELD && kind < LW_LOCK_MISUSES_END;
}
enum lw_misuse_flag {
    /* LW_RELEASED_WRITABLE = 1 */
    LW_USED_IN_VAIN = 2, /* that call only takes away what went with the close (EPOLL_CTL_DEL) */
    LW_REPLACED_LOG = 4, /* LW_CLOBBERED: a log by its successor, normal use */
    LW_NUMBER_REUSED = 8 /* LW_CLOSED_TWICE: another had the number before, whom the first close may have meant */
};
/* A release that hit the wrong thing, or a use of what has been released. It is written before the real call where that
 * may end the process. */
struct lw_misuse {
    uint32_t kind; /* enum lw_misuse_kind; 0: lost in mid-insert */
    uint32_t stack, call;
    uint32_t site;        /* who had acquired what was meant; 0: not known */
    uint32_t first_stack; /* its own release; of invalid ones: the acquisition that had failed in this thread before */
    uint32_t victim;      /* site of what was hit instead; 0: nothing, or not known */
    uint32_t first_call, first_thread;
    int32_t first_error; /* of that failed acquisition */
    uint32_t thread, victim_thread;
    uint32_t resource;     /* enum lw_kind of what was meant */
    int32_t error;         /* errno of this release; 0: success, or not known yet */
    uint32_t flags;        /* LW_RELEASED_WRITABLE, enum lw_misuse_flag */
    uint64_t handle;       /* the last one's */
    uint64_t count, swept; /* how often, and how many of those turned out to be parts of a sweep */
    uint64_t first_time, last_time;
    uint64_t owner, given; /* tags: whose it is, whose the release was */
    char detail[64];       /* of the last one; zero-terminated unless full */
};

/* A descriptor was open without O_CLOEXEC when the process, or a child that it had forked, executed another program. */
struct lw_crossing {
    uint32_t site;    /* who had opened it */
    uint32_t program; /* name of what was executed; 0: lost in mid-insert */
    uint32_t number;  /* the descriptor's */
    uint32_t pid;     /* of the last one that executed it */
    uint64_t count;
    uint64_t last_time;
    uint32_t stack;  /* who called exec, the last time; 0: not known */
    uint32_t kind;   /* enum lw_kind of the descriptor */
    char detail[64]; /* its detail, cut, zero-terminated unless full */
};

/* ---- What scopes leave ------------------------------------------------------------------------------------------- */

#define LW_REASON 64
/* What one site acquired and one scope still held when it ended. All counters are statistics over the process's life. */
struct lw_leftover {
    uint32_t scope;   /* whose end it was: not that of the site where it had been handed over; 0: lost in mid-insert */
    uint32_t site;    /* who had acquired it; 0: not known */
    uint64_t count;   /* resources left */
    uint64_t entries; /* ends of the scope that left at least one */
    uint64_t failed;  /* of those: the scope had been marked failed */
    uint64_t most;    /* left by one end */
    uint64_t later;   /* of `count`: released after that, */
    uint64_t longest; /* at most so long after (ns), */
    uint32_t later_stack; /* by this stack, the last time, */
    uint32_t later_call;  /* by this call */
    uint64_t first_time, last_time;
    uint32_t delays[32];    /* how long after: classes as lw_site_count.lifetimes */
    char reason[LW_REASON]; /* why the scope had failed, the last time; zero-terminated unless full */
};

#define LW_DEPARTURE_SITES 8u
/* What was left together: one end of a scope, as often as it came to the same. */
struct lw_departure {
    uint32_t scope;                    /* 0: lost in mid-insert */
    uint32_t sites;                    /* how many different ones; the first 8 stand below */
    uint32_t site[LW_DEPARTURE_SITES]; /* in the order in which they had acquired */
    uint32_t failed;                   /* 1: the scope had been marked failed */
    uint32_t failure_stack;            /* the last acquisition that failed in this scope before its end … */
    uint32_t failure_call;             /* … by this call; 0: none did */
    int32_t failure_error;             /* errno */
    uint64_t count;                    /* ends */
    uint64_t first_time, last_time;
    uint64_t unused;
};

enum lw_imbalance_reason {
    LW_ENDED_TWICE = 1,   /* ended again */
    LW_NEVER_BEGUN,       /* "the innermost" was ended, but none was open; scope is LW_OTHER */
    LW_ENDED_ELSEWHERE,   /* ended by a thread to which it did not belong */
    LW_SKIPPED,           /* the scope around it ended first: its own end was left out */
    LW_JUMPED,            /* longjmp left its block */
    LW_THREAD_ENDED,      /* its thread ended inside */
    LW_EXITED,            /* exit was called inside */
    LW_DETACHED_FOR_EVER, /* detached, and never attached again or ended */
    LW_STILL_INSIDE,      /* another thread was inside when the process ended */
    LW_ATTACHED_TWICE     /* attached to a thread while it belonged to another one */
};
struct lw_imbalance {
    uint32_t scope;
    uint32_t reason; /* enum lw_imbalance_reason; 0: lost in mid-insert */
    uint32_t stack;  /* the call that showed it: the second end, the end around it; 0: none did */
    uint32_t begun;  /* where it had begun: a stack of one frame; 0: not known */
    uint64_t count;
    uint64_t first_time, last_time;
    uint32_t thread; /* the last one */
    uint32_t unused;
};

/* Released while something acquired after it in the same scope was still held. Kept only with order=1. */
struct lw_disorder {
    uint32_t site;    /* what was released */
    uint32_t younger; /* what was still held */
    uint32_t stack;   /* who released */
    uint32_t call;    /* 0: lost in mid-insert */
    uint64_t count;
};

/* ---- Samples, exhaustion ------------------------------------------------------------------------------------------ */

#define LW_SAMPLES 1024u
struct lw_sample {
    uint64_t time;
    uint64_t open;
};
struct lw_samples {
    uint64_t interval;                   /* ns between samples now; doubles when the table is full */
    uint64_t next;                       /* time from which on an event takes the next sample */
    uint32_t count;                      /* samples in the table; read it, copy, read it again */
    uint32_t generation;                 /* how often every second one went; odd while that is being done */
    struct lw_sample sample[LW_SAMPLES]; /* oldest first */
};

#define LW_EXHAUSTION_ROWS 32u
struct lw_exhaustion { /* the first EMFILE or ENFILE */
    uint32_t state;    /* 0: it never happened, 1: being written, 2: complete */
    int32_t error;     /* EMFILE or ENFILE */
    uint32_t stack;    /* the victim … */
    uint32_t call;     /* … and what it called */
    uint32_t thread;
    uint32_t rows; /* how many of the rows below are filled */
    uint64_t time;
    uint64_t limit; /* RLIMIT_NOFILE at that moment */
    uint64_t open;  /* descriptors open, as far as seen */
    uint64_t times; /* how often it has happened until now */
    struct {
        uint32_t site;
        uint32_t held;
    } row[LW_EXHAUSTION_ROWS]; /* who held most, largest first */
};

/* RLIMIT_NOFILE changed. An element is not looked up: where there are too many, the last one is used again, and tells of the
 * last change. */
struct lw_limit {
    uint64_t time;                     /* 0: being written */
    uint64_t soft, hard;               /* from then on */
    uint64_t soft_before, hard_before; /* until then */
    uint32_t stack;                    /* who changed it; 0: another process, some time before it was seen */
    uint32_t call;                     /* by this call; 0: the same */
    uint32_t thread;                   /* which one changed it, or saw it */
    uint32_t missed;                   /* changes before this one that had to make room for it */
};

/* ---- Header ------------------------------------------------------------------------------------------------------- */

enum lw_end {
    LW_RUNNING = 0,    /* no end was seen: look whether the process still is there */
    LW_EXIT = 1,       /* exit or return from main: status is the exit status */
    LW_EXEC = 2,       /* it executed another program, whose ledger has the number n + 1, if it has one */
    LW_QUICK_EXIT = 3, /* _exit, quick_exit: nothing was tidied up on purpose */
    LW_ABORT = 4,      /* abort() was called */
    LW_LET_GO = 5      /* the process runs on, and is not watched any more (since minor 8) */
};
enum lw_link_kind { LW_LINK_NONE = 0, LW_LINK_PREDECESSOR = 1 /* same pid, before exec */, LW_LINK_PARENT = 2 };
enum lw_trouble {                               /* lw_header.troubles, or-ed: what leakwatch could not do */
                  LW_TROUBLE_NO_UNWINDER = 1,   /* libunwind was not found: some stacks are cut */
                  LW_TROUBLE_FULL = 2,          /* the file could not grow: some resources have no slot, see `lost` */
                  LW_TROUBLE_STRICT = 4,        /* no system calls (seccomp, strict=1): stacks and growth suffered */
                  LW_TROUBLE_RELOCATED = 8,     /* the ledger is not where it was asked for */
                  LW_TROUBLE_UNSEEN_START = 16, /* descriptors were open before leakwatch was ready, beyond 0, 1, 2 */
                  LW_TROUBLE_FUNCTIONS = 32,   /* a pattern of scopes= selected no function, or not all could be told */
                  LW_TROUBLE_FORBIDDEN = 64,   /* … as the process may not write there (since minor 2) */
                  LW_TROUBLE_FILTERED = 128,   /* under a filter that may forbid what keeps a ledger (since minor 3) */
                  LW_TROUBLE_LOCKS_OFF = 256,  /* locks=0: none was followed, as was asked for (since minor 5) */
                  LW_TROUBLE_GENERATED = 512,  /* addresses of code made at run time were too many (since minor 7) */
                  LW_TROUBLE_ATTACHED = 1024,  /* it had run before it began to be watched (since minor 8) */
                  LW_TROUBLE_OTHER_USER = 2048 /* root's, which executed as somebody else (since minor 8) */
};
enum lw_python_state {
    LW_PYTHON_NONE = 0, /* no interpreter was met */
    LW_PYTHON_TOLD,     /* its frames are in the stacks. Otherwise stacks are native: */
    LW_PYTHON_UNKNOWN,  /* another version than those whose frames are known */
    LW_PYTHON_FREE_THREADED,
    LW_PYTHON_DIFFERS, /* its types are laid out otherwise than its version says */
    LW_PYTHON_MACHINE  /* on this processor no layout is known */
};

#define LW_TEXT 256
#define LW_HOST 72
struct lw_header {
    uint64_t magic;
    uint16_t major, minor;
    uint32_t byte_order;
    uint32_t header_size; /* sizeof(struct lw_header) of the writer: blocks begin at or behind it */
    uint32_t machine;     /* enum lw_machine */
    uint64_t file_size;   /* what was mapped; the file may have been cut down to `used` since */
    uint64_t used;        /* bytes handed out to blocks, header included */

    uint32_t pid, parent_pid;
    uint64_t start_ticks; /* start time of the process as in /proc/PID/stat, field 22 */
    uint32_t image;       /* n: how many exec calls came before in this process */
    uint32_t uid;
    uint64_t start_realtime; /* ns since 1970 */
    uint64_t start_time;     /* the same moment as a time */
    uint64_t end_time;       /* 0: no end was seen */
    uint32_t end;            /* enum lw_end */
    int32_t end_status;
    uint64_t nofile_soft, nofile_hard; /* RLIMIT_NOFILE when last looked at */
    uint32_t inherited_count;          /* descriptors open at the start */
    uint32_t heirs;                    /* processes that live and refer to this ledger */
    uint32_t troubles;                 /* enum lw_trouble */
    uint32_t link_kind;                /* enum lw_link_kind: what `link` is */
    char exe[LW_TEXT];                 /* path of the executable; all texts here end with 0 */
    char arguments[LW_TEXT];           /* argv, each ended with 0, an empty one at the end; cut */
    char directory[LW_TEXT];           /* working directory at the start */
    char link[LW_TEXT];                /* path of the ledger of the predecessor or parent */

    uint64_t peak_number;      /* 1 + highest number that was the lowest free one: that many were open */
    uint64_t lost;             /* resources that found no room */
    uint64_t unknown_releases; /* of descriptors that were not known as open */
    uint64_t generation;       /* how often a module was unloaded */
    uint64_t samples;          /* offset of struct lw_samples */
    uint64_t exhaustion;       /* offset of struct lw_exhaustion */
    uint64_t rules_met;        /* bit n: rule n of inject= has let a call fail; up to minor 2 something else */
    uint64_t unused[2];        /* up to minor 2: a ring of the last events, which nobody read */
    uint64_t scopes_lost;      /* begins of scopes that were not recorded: too deep, no room, in an interrupted hook */
    uint64_t expected;         /* resources that the program said it holds on purpose */
    uint64_t injected;         /* failures that were injected */
    /* Durations of scopes are counted in ticks of a clock finer than times. Two readings of it, with exact times, give
     * its rate; equal ones: not known. */
    uint64_t clock_first, clock_first_time, clock_last, clock_last_time;
    struct lw_handles handles;
    uint64_t lanes[LW_LANES];   /* offset of struct lw_lane */
    uint64_t fds[LW_FD_FANOUT]; /* first level of the descriptors: offset of struct lw_fd_node */
    struct lw_table tables[LW_TABLE_ROOM];
    /* Since minor 2. 0, as in headers that end before: the sizes of minor 1, see LW_SLOT_SIZE_1 and the like. */
    uint32_t slot_size, lane_size, site_count_size, scope_count_size;
    uint32_t samples_size; /* up to the first sample */
    uint32_t sample_size;
    char host[LW_HOST]; /* its name at the start; empty: not known. Since minor 2 */
    uint32_t python;    /* version of the CPython that was met, as its own PY_VERSION_HEX; 0: none, or not known … */
    uint32_t python_state;  /* … and enum lw_python_state. Since minor 7 */
    uint64_t attached_time; /* it ran already, and is watched since then; 0: from its start. Since minor 8, as these: */
    uint32_t attached_places, attached_left; /* calls led to the library; and left, as another library stands there */
};
#define LW_SLOT_SIZE_1 248u
#define LW_LANE_SIZE_1 552u
#define LW_SITE_COUNT_SIZE_1 192u
#define LW_SCOPE_COUNT_SIZE_1 224u
#define LW_SAMPLES_SIZE_1 24u
#define LW_SAMPLE_SIZE_1 16u

/* Programs that merely carry a run (shells, build tools): watched for their descendants' sake, not judged. */
#define LW_CARRIERS                                                                                                    \
    "sh", "bash", "dash", "zsh", "ksh", "mksh", "busybox", "env", "make", "gmake", "ninja", "samu", "cmake", "ctest",  \
        "cpack", "meson", "timeout", "xargs", "gcc", "g++", "cc", "c++", "cc1", "cc1plus", "collect2", "lto1",         \
        "lto-wrapper", "as", "ld", "ld.bfd", "ld.gold", "ld.lld", "clang", "clang++", "git", "leakwatch"

#define LW_SIZE_CHECK(type, size) _Static_assert(sizeof(type) == (size), "the file format has changed: " #type)
#ifndef __cplusplus
LW_SIZE_CHECK(struct lw_name, 128);
LW_SIZE_CHECK(struct lw_module, 72);
LW_SIZE_CHECK(struct lw_frame, 16);
LW_SIZE_CHECK(struct lw_site, 24);
LW_SIZE_CHECK(struct lw_release, 16);
LW_SIZE_CHECK(struct lw_failure, 128);
LW_SIZE_CHECK(struct lw_misuse, 176);
LW_SIZE_CHECK(struct lw_scope, 48);
LW_SIZE_CHECK(struct lw_leftover, 272);
LW_SIZE_CHECK(struct lw_departure, 88);
LW_SIZE_CHECK(struct lw_imbalance, 48);
LW_SIZE_CHECK(struct lw_disorder, 24);
LW_SIZE_CHECK(struct lw_scope_count, 224);
LW_SIZE_CHECK(struct lw_slot, 248);
LW_SIZE_CHECK(struct lw_site_count, 192);
LW_SIZE_CHECK(struct lw_table, 248);
LW_SIZE_CHECK(struct lw_lane, 552);
LW_SIZE_CHECK(struct lw_sample, 16);
LW_SIZE_CHECK(struct lw_crossing, 104);
LW_SIZE_CHECK(struct lw_board, 320);
LW_SIZE_CHECK(struct lw_hold, 32);
LW_SIZE_CHECK(struct lw_place, 64);
LW_SIZE_CHECK(struct lw_locking, 312);
LW_SIZE_CHECK(struct lw_file_lock, 88);
LW_SIZE_CHECK(struct lw_limit, 56);
LW_SIZE_CHECK(struct lw_line, 16);
#endif

#endif
