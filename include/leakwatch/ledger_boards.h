/* Boards, on which threads say which locks they hold and what they wait for: a part of the ledger's format, which ledger.h
 * describes.
 *
 * DESIGN. Only its own thread writes to a board, but for two things: who unlocks what another thread holds sets that hold
 * to LW_HOLD_GONE, and who takes over the board of a thread that has ended wipes it. All else are plain stores, in an order
 * that a reader can rely on at any instant:
 *
 *   - A hold is LW_HOLD_TAKING before a lock is asked for, so what a thread waits for is the last of its holds that are in
 *     use, if that is LW_HOLD_TAKING.
 *   - A hold is LW_HOLD_RELEASING before the lock is given up, so what is LW_HOLD_HELD is held.
 *   - `serial` is raised with each lock that is asked for: a thread whose serial and depth are the same at two readings, and
 *     whose last hold is LW_HOLD_TAKING at both, has waited all the time between.
 *
 * Since minor 3. */
#ifndef LEAKWATCH_LEDGER_BOARDS_H
#define LEAKWATCH_LEDGER_BOARDS_H

#include <stdint.h>

enum lw_hold_state {
    LW_HOLD_NONE = 0,
    LW_HOLD_TAKING,    /* asked for: its thread waits for it, or has not yet come to saying that it has it */
    LW_HOLD_HELD,      /* held */
    LW_HOLD_RELEASING, /* its release has been called and has not returned */
    LW_HOLD_GIVEN_UP,  /* for as long as its thread waits for a condition */
    LW_HOLD_GONE       /* released by another thread, or initialised or destroyed while held: written down elsewhere */
};
struct lw_hold {
    uint64_t lock;   /* its address; of LW_THREAD, which is waited for only, its pthread_t */
    uint64_t since;  /* when it was asked for, or got after a wait, in ticks: see lw_header.clock_first */
    uint32_t site;   /* who took it */
    uint32_t serial; /* the board's when it was asked for: what is larger came later. See also `left` */
    uint16_t count;  /* how often: recursive locks, and read locks; while LW_HOLD_TAKING: enum lw_wait_flag */
    uint8_t kind;    /* enum lw_kind; conditions, semaphores, barriers, threads: waited for only */
    uint8_t state;   /* enum lw_hold_state; `count` to `left` are written at once */
    uint32_t left;   /* 0; or enum lw_hold_left, or number of the struct lw_leftover in which it is counted: a scope has
                        ended since, and left it (serial: when, in 2^LW_LEFT_SHIFT ns). While LW_HOLD_TAKING: a mark of
                        the writer's */
};
enum lw_hold_left {
    LW_HOLD_LOOKED_AT = -1, /* how long it is held is looked at (LW_OTHER) */
    LW_HOLD_KEPT = -2,      /* the program says that no scope is to answer for it … */
    LW_HOLD_EXPECTED = -3,  /* … or nobody: it is held on purpose */
    LW_HOLD_INSIDE = -4     /* its thread has ended the process inside the function that took it (since minor 5) */
};
#define LW_LEFT_SHIFT 20u

enum lw_wait_flag {
    LW_WAIT_TIMED = 1,    /* until a time-out at the latest */
    LW_WAIT_NEVER = 2,    /* it is only tried */
    LW_WAIT_SHARED = 4,   /* a mutex, or a lock for reading and writing, of several processes: see lw_board.owner */
    LW_WAIT_BEHIND = 8,   /* to read, and a writer who waits comes first (since minor 5) */
    LW_WAIT_ORPHANED = 16 /* lw_board.owner has had it since before fork, and is no thread of this process (minor 5) */
};

#define LW_HOLDS 8u        /* on the board itself … */
#define LW_HOLDS_MORE 130u /* … and in the block behind it, which few threads need */
/* The last of them is for what is waited for, so that a thread which holds as many as are followed can say that, too. */
#define LW_HOLD_WAITING (LW_HOLDS + LW_HOLDS_MORE - 1)

enum lw_board_flag {
    LW_BOARD_ENDED = 1, /* its thread has ended */
    LW_BOARD_LAST = 2   /* it ended the process */
};
#define LW_THREAD_NAME 16
struct lw_board {
    uint32_t thread; /* kernel id; 0: lost in mid-insert */
    uint32_t depth;  /* holds are numbered below this; some may be LW_HOLD_NONE */
    uint32_t serial; /* raised with each lock that is asked for */
    uint32_t flags;  /* enum lw_board_flag */
    uint32_t lost;   /* holds that found no room, of all threads that had this board */
    uint32_t owner;  /* LW_WAIT_SHARED, LW_WAIT_ORPHANED: kernel id of who had it when it was asked for (minor 4) */
    uint64_t more;   /* offset of LW_HOLDS_MORE further holds; 0: there are none */
    uint64_t places; /* offset of LW_BOARD_PLACES places; 0: there are none */
    char name[LW_THREAD_NAME]; /* as the program has named it; empty: not */
    uint64_t handle;           /* its pthread_t: who waits for LW_THREAD waits for this */
    struct lw_hold hold[LW_HOLDS];
};

/* Since minor 5. */
struct lw_thread_name {
    uint32_t thread; /* kernel id; 0: lost in mid-insert */
    uint32_t unused;
    char name[LW_THREAD_NAME];
};

/* A lock on a file, as somebody holds it or asks for it. Who waits for one has LW_FILE_LOCK on its board, with the number of
 * such a row as the lock. Rows are used again. Since minor 4. */
enum lw_file_lock_state { LW_FILE_LOCK_NONE = 0, LW_FILE_LOCK_ASKED, LW_FILE_LOCK_HELD };
enum lw_file_lock_way {
    LW_FLOCK = 1,   /* flock: its owner is the open description; knows nothing of the others */
    LW_RECORD_LOCK, /* fcntl, lockf: its owner is the process */
    LW_OFD_LOCK     /* fcntl, its owner is the open description */
};
struct lw_file_lock {
    uint32_t thread; /* kernel id of who asked for it; 0: lost in mid-insert */
    uint32_t state;  /* enum lw_file_lock_state; written last */
    uint64_t device, inode;
    uint64_t first, last; /* bytes; INT64_MAX: to the end, whereever that is */
    uint64_t since;       /* as in struct lw_hold */
    uint64_t opened; /* when its descriptor was (lw_slot.acquired_time): not held once that is another; 0: not known */
    uint32_t site;   /* who took it; 0: not known */
    int32_t number;  /* of the descriptor */
    uint32_t way;    /* enum lw_file_lock_way */
    uint32_t exclusive; /* 1: it is; 0: others may have it, too */
    uint32_t shared;    /* 1: its open description is another process's, too, which may give it back */
    uint32_t left; /* number of the struct lw_leftover in which it is counted, as a scope left it; 0: none has … */
    uint64_t left_time; /* … and when (both since minor 5) */
};

/* Where a thread has called for locks: a cache of its own, and a counter. A place is known by the return address, the stack
 * pointer, and up to three words further out (return addresses, as a rule), which must be what they were. */
#define LW_BOARD_PLACES 64u
#define LW_PLACE_WORDS 3u
struct lw_place {
    uint64_t pc, sp;
    uint64_t value[LW_PLACE_WORDS];
    int16_t offset[LW_PLACE_WORDS]; /* (location - sp) / 8 */
    uint16_t hook;                  /* a number of the writer's for the function that was called */
    uint32_t site;                  /* 0: not in use */
    uint32_t locking; /* number of its struct lw_locking, in which counts end up when the place is used again */
    uint64_t count;   /* locks taken from here that are not in there yet */
};

#define LW_WAIT_CLASSES 32u /* see lw_power; in ticks */
#define LW_WAIT_SHIFT 10u
/* What a site's locks cost: statistics, most of them of calls that had to wait, and of one in LW_LOCKING_SAMPLE. */
#define LW_LOCKING_SAMPLE 1024u
struct lw_locking {
    uint32_t site;      /* 0: lost in mid-insert */
    uint32_t most;      /* threads that waited at the end of the longest hold that somebody waited for */
    uint64_t taken;     /* what has left the places; theirs is to be added */
    uint64_t contended; /* had to wait */
    uint64_t waited;    /* ticks, added up */
    uint64_t longest_wait;
    uint64_t longest_hold;
    uint64_t longest_time;           /* time at which that ended */
    uint32_t waits[LW_WAIT_CLASSES]; /* how long they waited */
    uint32_t holds[LW_WAIT_CLASSES]; /* how long they held what others waited for, and samples */
};

#endif
