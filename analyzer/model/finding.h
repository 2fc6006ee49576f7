/* What findings/ make and reports/ print. */
#ifndef FINDING_H
#define FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "facts.h"
#include "symbol/stack.h"

struct finding_kind;

enum level { LEVEL_NOTE, LEVEL_WARNING, LEVEL_ERROR, LEVELS };

/* A scope's path, over all processes of one program, or of several. */
struct scope_summary {
    const char *path;    /* "server > request", "thread worker" */
    const char *program; /* the first of them, as baselines name it: with its arguments */
    uint64_t programs;   /* which ones: sets that differ have other numbers */
    const char *kind;    /* "named", "function", "thread" */
    bool is_thread;      /* then only those that left something are known */
    bool is_of_several;  /* programs */
    uint32_t processes;
    uint64_t entered, ended, failed, left, most;
    uint64_t clean;     /* of ended: neither failed nor with anything still held */
    double median, p99; /* seconds from begin to end; < 0: not known */
};

/* What taking locks at a place cost, all processes of one program together: statistics. A place is the line, and its caller's:
 * locks are often taken by a function of the program's own. */
struct lock_cost {
    const char *program;       /* as baselines name it: with its arguments */
    const struct stack *stack; /* of those of this place, the one where most was waited for; NULL: not known */
    const char *call;
    uint32_t kind; /* enum lw_kind */
    uint32_t most; /* threads that waited at the end of the longest hold */
    uint64_t taken, contended;
    /* Seconds; < 0: not known, or it never happened. How long locks were held is known of holds that others waited for,
     * the medians also of one in LW_LOCKING_SAMPLE others; these are the upper bounds of classes of powers of two. */
    double waited, longest_wait, median_wait, longest_hold, median_hold;
};

/* Connections that are held, by who opened them and to whom, all processes of one program together. */
struct connection_summary {
    const char *program;       /* as baselines name it: with its arguments */
    const struct stack *stack; /* who opened or accepted them; NULL: not known */
    const char *call;
    const char *peer;     /* "10.0.0.1:5432", "/run/db.sock"; of those accepted the host alone; "": not known */
    const char *service;  /* "postgres", where its port or path is well known; NULL */
    const char *listener; /* that they were accepted from, "0.0.0.0:8080"; NULL: not known, or connected */
    bool is_accepted, is_cut;
    bool peak_is_bound; /* of several threads, processes or peers together: there were no more */
    uint32_t processes;
    uint64_t held, peak, ports;
    double longest; /* seconds that one has been held at most; < 0: not known */
    /* What the kernel said of those of processes that run, one after the other: how many are connected, on their way, hung
     * up by the peer, half closed by the process, over. */
    uint64_t open, connecting, hung_up, closing, over;
    uint64_t idle_seen,
        idle_long;       /* of how many it is seen when they were used last; of those: longer ago than asked for */
    double idle_longest; /* seconds; < 0: not known */
    uint64_t waiting;    /* threads that wait there while such are idle: the place with most of them */
    const struct stack *waits;
    uint32_t waits_for; /* enum lw_kind */
};

/* What became of results, all processes together. */
struct results {
    uint64_t checked, checked_some_paths, ignored, returned, unknown;
};

/* What the growth of a place shows, of the process that holds most there. Texts are of the pool. */
struct growth_summary {
    const char *verdict;  /* "leaking", "suspect"; "load" and the like of lives that were too short to tell */
    const char *sentence; /* why */
    const char *tells;    /* what would settle a doubt; NULL: there is none */
    const char *forecast; /* when the limit is reached, or why that is not foretold; NULL: not worth a word */
    const char *why_not;  /* there is no forecast; NULL: there is one */
    bool is_leaking;      /* that is the verdict */
    bool is_asked;        /* for a forecast: of processes that have ended none is */
    uint64_t held, acquired, limit;
    double share_of_limit, per_hour;
    bool is_foretold, is_conditional;
    double earliest, point, latest; /* seconds from now; may be INFINITY */
};

enum { EXAMPLES = 3 };
struct example {
    uint64_t id; /* descriptor number, pid of a child; 0 where has_id is false */
    bool has_id;
    char *detail; /* path, peer …; raw bytes of the program; NULL: none */
    char *label;  /* as the program gave it; NULL: none */
};

struct finding {
    const struct finding_kind *kind; /* a row of kinds.def */
    enum level level;
    uint64_t count;       /* resources (or events) over all processes */
    uint64_t worst;       /* of one process at most */
    bool took_over;       /* held to the end, too: the newest of its place, see findings/generation.h */
    bool was_sent;        /* held to the end, too: received from another process, see findings/held.h */
    bool held_to_end;     /* for its life, and not forgotten: see findings/held.h */
    uint64_t spared;      /* more of the same, held when a signal or exec ended their process: not counted */
    char fingerprint[17]; /* 16 hex digits */
    struct {
        const char *class; /* "fd", "stream", "dir", "child" */
        const char *type;  /* "file", "socket", "pipe" … */
        uint32_t kind;     /* enum lw_kind */
        struct example examples[EXAMPLES];
        size_t example_count;
        uint64_t details; /* how many different details were seen, up to 1,000 */
    } resource;
    const char *scope;            /* "server > request"; NULL: the process */
    struct scope_summary entries; /* of its scope, in those programs that have it; of no processes: not known */
    const char *call;             /* that acquired it, or that failed; NULL */
    int error;                    /* errno; 0: none */
    double age_seconds;           /* of the oldest, at the end or now; < 0: not known */
    const char *later;            /* one sentence more: "connect failed with ECONNREFUSED, then never closed"; NULL */
    bool later_varies;            /* from run to run: it names threads */
    const struct stack *acquired, *released; /* NULL: not known */
    enum fact_id acquired_as;                /* what the first of them is; of the other the kind says */
    struct fact *facts;                      /* what it says besides, in the order of facts.def */
    size_t fact_count, fact_room;
    const struct stack **also; /* other stacks of the same fingerprint: other lines of the same functions */
    size_t also_count;
    struct item *contrasts; /* where siblings (same acquiring stack) were given back, most first */
    size_t contrast_count;
    uint64_t siblings;       /* acquired by the same stacks altogether; 0: not known */
    bool siblings_elsewhere; /* some of them in other scopes than this finding's */
    uint64_t never;          /* of `count` and `spared`, what these stacks acquired: never given back */
    uint32_t *processes;     /* numbers in report.processes, in order; see finding_processes.h */
    uint64_t *shares;        /* of `count`, how many each of them has */
    size_t process_count;
    bool told_live;     /* in full, on the terminal, while its processes hung */
    const char *rule;   /* the suppression that matched, or "baseline", "store"; NULL: it counts */
    uint64_t known;     /* how many of it the baseline allows for in one process; 0: it does not know it */
    bool known_by_runs; /* … not the baseline, but earlier runs, as a store has them */
    const struct growth_summary *growth; /* NULL: it is not that which tells */
};

/* How many descriptors were open at a moment of a process. */
struct sample {
    double seconds; /* since it started */
    uint64_t open;
};
struct baseline;

/* RLIMIT_NOFILE of a process was changed. */
struct limit_change {
    double seconds; /* since its start */
    uint64_t soft, hard, soft_before, hard_before;
    uint64_t missed;           /* changes before this one of which nothing is known */
    const char *call;          /* that changed it; NULL: it was another process, some time before this */
    uint32_t number;           /* of the stack, while ledgers are read */
    const struct stack *stack; /* NULL: not known */
};

struct process {
    uint32_t pid, ppid, image;
    uint64_t start_ticks; /* when it began, as the kernel counts; 0: not known */
    uint32_t before;      /* 1 + the number of what it was before: before an exec, or a detach and attach; 0: nothing */
    bool is_succeeded;    /* another one is what it was then: no process of its own */
    const char *exe;
    const char *name;    /* that it goes by: of the link that was executed, or of exe */
    const char **argv;   /* ends with NULL; may be cut */
    const char *command; /* the program as baselines name it; equal ones have one address */
    const char *directory;
    const char *host;  /* that it ran on; "": not known */
    double start, end; /* seconds since 1970; end 0: still running or not known */
    const char *how;   /* "exit", "signal", "exec", "killed", "detached", "running" */
    int status;        /* exit status or signal number */
    bool was_ended;    /* by leakwatch, because it hung */
    bool took_nothing; /* and so it kept no ledger, and nobody looked at: */
    uint64_t nofile_soft, nofile_hard, peak_open, open_at_end;
    bool ran_out;                       /* its table of descriptors was full, once at least */
    uint64_t nofile_full;               /* the soft limit when that happened first */
    struct limit_change *limit_changes; /* the first one first */
    size_t limit_change_count;
    char *ledger;
    bool judged; /* false: a carrier (--skip-exe) */
    uint64_t folded, lost, scopes_lost, locks_lost, damaged;
    uint64_t injected; /* failures on purpose */
    uint32_t troubles;
    bool is_attached;                 /* it ran before: start is when it began to be watched */
    uint32_t places_led, places_left; /* where calls lead through the library since then, and where they could not */
    uint32_t python, python_state;    /* as in the ledger */
    struct sample *samples;           /* its whole life; of a long one the peaks; kept of those that had most open */
    size_t sample_count;
};

/* A program that was executed by another name than its file's. */
struct told_name {
    const char *exe, *name;
};

struct report {
    struct process *processes;
    size_t process_count;
    struct told_name *told_names; /* see told_names.h */
    size_t told_name_count;
    struct finding *findings; /* most expensive first, suppressed ones behind all others */
    size_t finding_count, suppressed_count;
    const struct scope_summary *scopes; /* those asked for, of each program; what left something most often first */
    size_t scope_count;
    bool locks_asked;              /* --locks */
    const struct lock_cost *locks; /* then: all places, the worst first */
    size_t lock_count;
    const struct lock_cost *longest_hold;         /* worth telling; NULL: none is */
    bool connections_asked;                       /* --connections */
    const struct connection_summary *connections; /* then: all, most first */
    size_t connection_count;
    double idle;             /* seconds: see connection_summary.idle_long */
    uint64_t injected;       /* failures on purpose */
    uint64_t rules_met;      /* bit n: by rule n of inject= */
    struct results failures; /* of releases, syncs and shutdowns that failed: how often */
    bool audited;
    struct results sites;      /* that were audited: how many */
    uint64_t expected;         /* resources that the programs say they hold on purpose */
    const char *const *unread; /* ledgers that could not be read back, "PATH: why" */
    size_t unread_count;
    const char *cause; /* of a gate's verdict: "clean", "findings", "command", "damaged" …; NULL: there is none */
    struct baseline *baseline; /* NULL: none */
};

#endif
