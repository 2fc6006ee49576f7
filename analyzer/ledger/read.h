/* Reads a ledger: validates everything, trusts nothing, hands out checked views. The only code that touches bytes of
 * the file. int results: 0 is success, -1 is failure with one clear line in `error` (what, where, what to do).
 *
 * Opening takes a snapshot in memory (of the used part only, holes skipped), so that a living process may go on
 * writing, cut the file down, or remove it. */
#ifndef LEDGER_READ_H
#define LEDGER_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leakwatch/ledger.h"

struct ledger;

/* Why a file is not read. */
enum ledger_refusal {
    LEDGER_UNREADABLE,  /* damaged, cut off, of another version, no ledger at all … */
    LEDGER_NEVER_BEGAN, /* its process ended before the header stood: there is nothing to read, and nothing is wrong */
    LEDGER_MERGED,      /* it holds many: see merged.h */
    LEDGER_NOT_THERE    /* no such file */
};

struct ledger_error {
    char text[512];
    enum ledger_refusal why;
};

/* O_NONBLOCK, O_CLOEXEC, regular files only. Bounded memory: at most what the file's used part holds. */
int ledger__open(struct ledger **ledger, const char *path, struct ledger_error *error);
/* Its header alone, checked; false where it cannot be read, and nothing is said. */
bool ledger__peek(const char *path, struct lw_header *header);
/* A ledger in memory, on its way into a merged file or out of it. */
struct ledger_copy {
    unsigned char *bytes; /* ledger__open_copy takes and frees them */
    uint64_t length;
    uint64_t data;    /* bytes that are not in holes */
    uint64_t moment;  /* when it was copied from a running process (a time); 0: it did not run */
    uint64_t missing; /* what ledger__missing says; not looked at by ledger__open_copy */
    bool is_of_roll;  /* a header alone, put together from what the roll of a run says */
};
int ledger__open_copy(struct ledger **ledger, const char *path, const struct ledger_copy *copy,
                      struct ledger_error *error);
/* The copy that such a file shall hold, as the process left it, or, where it runs, as it settled down; the caller frees
 * its bytes. */
int ledger__copy(const char *path, struct ledger_copy *copy, struct ledger_error *error);
void ledger__close(struct ledger *ledger);

/* ---- The same ledger again and again (refresh.c) */

/* As ledger__open, of a ledger that is to be read again: what its process has not written takes no memory. */
int ledger__follow(struct ledger **ledger, const char *path, struct ledger_error *error);

enum ledger_news {
    LEDGER_LOST = -1, /* it cannot be read, and `error` says why. What was read stays, unless reading broke off in the
                       * middle: then the ledger is empty until it is read again */
    LEDGER_SAME,      /* nothing has changed. Only now all that was handed out before still holds: pointers, texts */
    LEDGER_CHANGED,   /* it is what ledger__open would make of the file now. It may be the same as before where it is
                       * damaged, or its process was seen in the middle of something */
    LEDGER_REPLACED,  /* as LEDGER_CHANGED, and it is another process's, or another program's in the same process */
    LEDGER_REMOVED    /* there is no file any more. What was read stays, and ledger__end tells whether the process does:
                       * "exit" where it has gone, as a process that ends clean takes its ledger along. (Had someone
                       * else removed it, nobody could tell how the process ended.) */
};
/* Reads it again: all of what is used, of which it copies, and checks, what has changed. */
enum ledger_news ledger__refresh(struct ledger *ledger, struct ledger_error *error);

const char *ledger__path(const struct ledger *ledger);
/* It is none: its process was watched and has taken nothing. What it had open was not looked at. */
bool ledger__is_of_roll(const struct ledger *ledger);
/* A checked copy: all texts end with 0. Of a process that runs, its limits are those of now. */
const struct lw_header *ledger__header(const struct ledger *ledger);

/* "exit", "exec", "killed", "detached" or "running"; running means: a process with this pid and start time is still there. */
const char *ledger__end(const struct ledger *ledger);
bool ledger__is_running(const struct ledger *ledger);
/* The number of its process here while that runs, which in a container is not the one that it has for itself. */
uint32_t ledger__process(const struct ledger *ledger);
/* Of a process that runs: the time at which this is how it is. */
uint64_t ledger__moment(const struct ledger *ledger);

/* What had to be left out while reading: cross-references that lead nowhere, and the like. 0 in a sound ledger. */
uint64_t ledger__damaged(const struct ledger *ledger);
/* Bytes that its process had used and that are not there: the file was cut off. 0: none, or its process still runs. */
uint64_t ledger__missing(const struct ledger *ledger);
/* Of the first few damages, what was wrong; NULL behind the last. For dump. */
struct ledger_damage {
    const char *what; /* the field, "site.stack" */
    uint64_t where;   /* number or offset of the record */
    uint64_t value;   /* what stood there; 0 ("none") stands there now */
};
const struct ledger_damage *ledger__damage_note(const struct ledger *ledger, size_t index);
/* What the writer folded into `other`, over all tables. */
uint64_t ledger__folded(const struct ledger *ledger);

/* Elements by number; NULL where there is none (0, LW_OTHER, lost in mid-insert, out of range). Kinds of scopes and
 * misuses and reasons of imbalances are ones that leakwatch/ledger.h names; what a later version's have beyond is counted
 * as damaged.
 * Each table but that of texts has a function of its own: ledger__site() and the like. */
const void *ledger__row(const struct ledger *ledger, enum lw_table_id table, uint32_t number);
#define LW_TABLE_OF_TEXTS(...)
#define LW_TABLE(id, noun, ...) const struct lw_##noun *ledger__##noun(const struct ledger *ledger, uint32_t number);
#include "leakwatch/tables.def"
uint32_t ledger__count(const struct ledger *ledger, enum lw_table_id table); /* numbers run from 1 to count - 1 */

/* The text of a name; "" where there is none. Bytes as they were written (may hold anything but 0). Lives as long as
 * the ledger. */
const char *ledger__name(const struct ledger *ledger, uint32_t number);

/* The record itself, continuations included; NULL where there is none. For dump. */
const struct lw_name *ledger__name_record(const struct ledger *ledger, uint32_t number);

/* The frames of a stack, innermost first: how many were stored, at most `room`. Loops and bad parents end it. */
size_t ledger__stack(const struct ledger *ledger, uint32_t stack, const struct lw_frame **frames, size_t room);

/* All lanes added up (peak: the sum of peaks, an upper bound where several threads took part). */
struct lw_site_count ledger__site_count(const struct ledger *ledger, uint32_t site);
/* What the lane of one thread counted; false: it has none of its own. */
bool ledger__thread_count(const struct ledger *ledger, uint32_t thread, uint32_t site, struct lw_site_count *count);
/* What the end of the process found of that thread. Where it looked, what it did not find began after that: it ran. */
enum lw_fate ledger__thread_fate(const struct ledger *ledger, uint32_t thread);
/* What each lane counted of a site, the lane's thread with it; until `visit` says false. */
typedef bool ledger_count_visit(void *context, uint32_t thread, const struct lw_site_count *count);
void ledger__site_counts(const struct ledger *ledger, uint32_t site, ledger_count_visit *visit, void *context);
/* In how many lanes something was acquired there. */
uint32_t ledger__site_threads(const struct ledger *ledger, uint32_t site);
uint64_t ledger__release_count(const struct ledger *ledger, uint32_t release);
/* A scope's: most is the highest of any lane. ended never exceeds entered, failed and left never exceed ended. */
struct lw_scope_count ledger__scope_count(const struct ledger *ledger, uint32_t scope);
/* Ticks of scopes' durations in a second; 0: not known. */
double ledger__clock_rate(const struct ledger *ledger);
struct lw_lane ledger__lanes(const struct ledger *ledger); /* sums; `thread` is how many lanes were ever used */

const struct lw_lane *ledger__lane(const struct ledger *ledger, uint32_t lane); /* NULL: never used. For dump. */

/* Every slot that was ever used, descriptors by number, then handles; the slot is a consistent copy. `index` is the
 * handle slot's number (as in lw_slot.owner - 1) or the descriptor's number. Stops when the visitor says false. */
typedef bool ledger_visit(void *context, const struct lw_slot *slot, bool is_handle, uint32_t index);
void ledger__slots(const struct ledger *ledger, ledger_visit *visit, void *context);
/* The same of those alone that name this site. */
void ledger__slots_of(const struct ledger *ledger, uint32_t site, ledger_visit *visit, void *context);

const struct lw_samples *ledger__samples(const struct ledger *ledger);       /* NULL: none; count is checked */
const struct lw_exhaustion *ledger__exhaustion(const struct ledger *ledger); /* NULL: it never happened */

#endif
