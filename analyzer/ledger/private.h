/* What the rooms of the ledger reader share; nobody else includes this.
 *
 * DESIGN. Opening a ledger goes through these stages, one file each:
 *
 *   snapshot.c  the file's used part is copied into memory, the holes left out
 *   header.c    the header is judged: the only damage that makes a ledger unreadable is damage here
 *   slots.c     the directories of slots become a flat list of leaves
 *   live.c      where the process still runs: what it was writing during the copy is read again
 *   tables.c    the tables' segments are checked
 *   mend.c      what only scopes and misuses have, paths and counters that must fit each other, is mended
 *   rows.c      rows that are longer or shorter than this version's are laid so that it can read them
 *   references.c   every cross-reference in the tables is followed
 *   names.c, lanes.c, records.c   the rest, likewise (boards.c: when it is asked for)
 *
 * Reading it again (refresh.c) goes through the same stages, but that only those pages are copied which have changed
 * (pages.c).
 *
 * A number that leads nowhere is set to 0, "none", in the snapshot, and counted as damage; so whoever looks at a
 * record later can follow every number in it. The accessors check bounds all the same: blocks of a hostile file may
 * overlap, and what was sound may become "none" when another record is mended. Lengths and counts stay true, because
 * whatever is mended by another value than 0 is mended before they are checked (mend__all, names__check, records__map).
 *
 * What bounds memory and time is the snapshot's size, never a number found in it. */
#ifndef LEDGER_PRIVATE_H
#define LEDGER_PRIVATE_H

#include "base/process_watch.h"
#include "read.h"

#define LEDGER_LIMIT (2ULL << 30) /* bytes; 9 million descriptors */
#define LEDGER_PAGE 4096u         /* bytes of a file that are copied or left out together */
#define LEDGER_DAMAGES 64u        /* of so many the details are kept */

struct rows {
    unsigned char *first; /* NULL: not there */
    uint32_t size;        /* from one to the next */
};

struct segment {
    struct rows rows;
    uint32_t present; /* elements that lie inside the snapshot */
};

struct table {
    uint32_t count; /* checked; at least 1 */
    uint32_t first; /* a power of two; 1 in an unusable table */
    struct segment segments[LW_SEGMENTS];
};

/* Up to 64 slots of descriptors, or one generation of handles. */
struct leaf {
    uint64_t offset;
    struct rows rows; /* once they are checked */
    uint32_t index;   /* of the first slot */
    uint32_t slots;   /* that lie inside the snapshot */
    bool is_handle;
};

/* What the writer says of sizes that stand in no table, checked. */
struct sizes {
    uint32_t slot, lane, site_count, scope_count, samples, sample;
};

struct lane {
    uint32_t number;
    const struct lw_lane *record;
};

struct names; /* texts put together so far */
struct copy;  /* of rows */
struct pages;

struct ledger {
    char *path;
    struct lw_header header;
    struct sizes sizes;
    const char *end;
    uint32_t process; /* see ledger__process */
    struct process_watch watch;
    bool running;
    bool is_copy; /* of a merged file: whether its process still is there says nothing */
    bool is_of_roll;
    uint64_t moment;  /* at which it was copied from a running process; 0: it is none, or it did not run */
    uint64_t read_at; /* time */
    uint64_t device, inode;

    unsigned char *bytes; /* the snapshot */
    bool *written;        /* which pages of it hold anything; NULL: any may */
    struct pages *pages;  /* where it is read again and again; NULL: not yet */
    uint64_t size;        /* of the snapshot */
    uint64_t data;        /* bytes of it that the file held; the rest were holes */
    uint64_t missing;     /* bytes that its process had used and the file has not: it was cut off */

    struct table tables[LW_TABLES];
    struct leaf *leaves;
    size_t leaf_count;
    struct site_slots *by_site; /* see ledger__slots_of */
    uint32_t handle_slots;
    uint32_t lane_count;
    struct lane *lanes;         /* those that are there */
    struct lw_samples *samples; /* NULL: not there */
    bool exhaustion_sound;
    struct names *names;
    struct copy *copies;
    uint64_t copied; /* bytes in copies */
    bool out_of_memory;

    uint64_t damaged;
    struct ledger_damage damages[LEDGER_DAMAGES];
};

/* ---- read.c */
struct ledger *read__new(const char *path, struct ledger_error *error); /* NULL: no memory */
/* Of a snapshot that was just taken: what of it holds still; then, what of it can be believed. */
int read__settle(struct ledger *ledger, int fd, struct ledger_error *error);
int read__check(struct ledger *ledger, struct ledger_error *error);

/* ---- damage.c */
/* Writes "PATH: message" into error, escaped, and returns -1. */
int ledger__fail(struct ledger_error *error, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Books a damage: `what` is a field's name and lives for ever, `where` the number or offset of its record, `value` what
 * was found. */
void ledger__damage(struct ledger *ledger, const char *what, uint64_t where, uint64_t value);
/* The same, for what is none in a running process: it may have written what is referred to after we had read there. */
void ledger__dangling(struct ledger *ledger, const char *what, uint64_t where, uint64_t value);

/* ---- snapshot.c */
int snapshot__open_file(const char *path, struct ledger_error *error); /* the descriptor, or -1 */
int snapshot__take(struct ledger *ledger, int fd, struct ledger_error *error);
/* Its two halves: the header, and what the file is; then the bytes that it says are used. */
int snapshot__look(struct ledger *ledger, int fd, struct ledger_error *error);
int snapshot__copy(struct ledger *ledger, int fd, struct ledger_error *error);
/* The same of bytes that are in memory already. */
int snapshot__adopt(struct ledger *ledger, const struct ledger_copy *copy, struct ledger_error *error);
/* As pread, but carries on where a signal or a short read ends it; what lies behind the file's end reads as 0. -1 and
 * errno where the file cannot be read. */
int snapshot__read(int fd, void *bytes, uint64_t size, uint64_t offset);

/* Where a block of this size starts in the snapshot; NULL unless it lies wholly inside and behind the header. */
void *snapshot__block(const struct ledger *ledger, uint64_t offset, uint64_t size);
/* Is what stands at this offset 0? Known without looking there: on some systems a page that is only looked at takes
 * memory, too. */
static inline bool snapshot__is_blank(const struct ledger *ledger, uint64_t offset)
{
    return ledger->written && !ledger->written[offset / LEDGER_PAGE];
}
void snapshot__forget_blanks(struct ledger *ledger); /* because more may be put there */
/* How many of `count` elements of this size, laid out from offset, lie inside the snapshot and behind the header. */
uint64_t snapshot__present(const struct ledger *ledger, uint64_t offset, uint64_t size, uint64_t count);

/* ---- pages.c */
int pages__begin(struct ledger *ledger, struct ledger_error *error);     /* another reading */
int pages__make_room(struct ledger *ledger, struct ledger_error *error); /* for what is used */
/* What the file has at this offset; a hole, up to `end`. */
void pages__put(struct ledger *ledger, const unsigned char *from, uint64_t offset, uint64_t size);
void pages__put_hole(struct ledger *ledger, uint64_t offset, uint64_t end);
/* Has anything there changed since the reading began? Always where it is the first one. */
bool pages__have_changed(const struct ledger *ledger, uint64_t offset, uint64_t size);
uint64_t pages__changes(const struct ledger *ledger);    /* how many pages have been copied since then */
unsigned char *pages__copy(const struct ledger *ledger); /* of the snapshot, to be freed; NULL: no memory */
void pages__free(struct ledger *ledger);                 /* the snapshot, too */

/* ---- header.c */
int header__check(struct ledger *ledger, struct ledger_error *error);
void header__find_end(struct ledger *ledger); /* sets running and end */
/* The same, moments later, of one that ran: the kernel is asked again only where the header says that it has ended. One that
 * is killed in between ran when it was first asked about. */
void header__find_end_again(struct ledger *ledger, const struct lw_header *then);

/* ---- live.c */
int live__settle(struct ledger *ledger, int fd, struct ledger_error *error);     /* what has changed */
int live__read_again(struct ledger *ledger, int fd, struct ledger_error *error); /* all but what was settled */

/* ---- boards.c */
/* Marks the boards on which something has changed since the first reading. */
void boards__compare(struct ledger *ledger, const unsigned char *first, uint64_t first_size);

/* ---- rows.c */
/* May a writer of its version have had rows of this size, where this version's are as long as that? */
bool rows__are_sound(const struct ledger *ledger, uint32_t theirs, uint32_t ours);
/* So many rows at this offset, all of which lie inside the snapshot, as this version reads them. */
struct rows rows__lay(struct ledger *ledger, uint64_t offset, uint32_t theirs, uint32_t ours, uint64_t count);
static inline void *rows__at(struct rows rows, uint64_t index)
{
    return rows.first + index * rows.size;
}
void *rows__room(struct ledger *ledger, uint64_t size); /* zeroed, and freed with the ledger; NULL: no memory */
void rows__free(struct ledger *ledger);

/* ---- slots.c */
int slots__map(struct ledger *ledger, struct ledger_error *error);
void slots__check(struct ledger *ledger);

/* ---- tables.c */
void tables__map(struct ledger *ledger);
/* The element, published or not; NULL where there is none. */
void *tables__element(const struct ledger *ledger, enum lw_table_id id, uint32_t number);
/* The element if it is published, NULL otherwise. */
void *tables__published(const struct ledger *ledger, enum lw_table_id id, uint32_t number);
/* Leads the number to an element that is published, or to none on purpose (0, LW_OTHER)? */
bool tables__leads(const struct ledger *ledger, enum lw_table_id id, uint32_t number);

/* ---- references.c */
void references__check(struct ledger *ledger);

/* ---- mend.c */
void mend__all(struct ledger *ledger); /* before whatever is checked: it may mend by other values than 0 */

/* ---- names.c, lanes.c, records.c */
int names__check(struct ledger *ledger); /* -1: no memory */
void names__free(struct names *names);
void lanes__check(struct ledger *ledger);
uint64_t records__samples_size(const struct ledger *ledger); /* all of them, in the file */
void records__map(struct ledger *ledger);
void records__check(struct ledger *ledger);

#endif
