/* The roll of a run: who was watched and has taken nothing, so that it keeps no ledger.
 *
 * `leakwatch run` makes the file, of full length and with its place on the disk, and each process enters itself as it
 * starts, in the page that its number leads to. Whoever begins a ledger strikes its entry out; what stands there in the end
 * are processes of which nothing is to be said but how they ended. Where the file is not there, or the page is full, or an
 * entry too short, a process begins its ledger at once, as if there were no roll. */
#ifndef LEAKWATCH_ROLL_H
#define LEAKWATCH_ROLL_H

#include <stdint.h>

#define LW_ROLL_NAME "leakwatch.roll"
#define LW_ROLL_PAGE 4096u
#define LW_ROLL_PAGES 1024u
#define LW_ROLL_MARK 0x314c4f52u /* "ROL1": it stands; another layout has another mark */
#define LW_ROLL_TAKEN 1u         /* somebody is writing it; 0: it is free */

#define LW_ROLL_TEXTS 456u
struct lw_roll_entry {
    uint32_t mark;
    uint32_t pid, parent_pid, uid;
    uint64_t start_realtime, start_time, end_time; /* as in struct lw_header */
    uint32_t end;                                  /* enum lw_end */
    int32_t end_status;
    uint32_t image;            /* as in struct lw_header */
    uint32_t troubles;         /* enum lw_trouble */
    char texts[LW_ROLL_TEXTS]; /* path of the executable, then argv, each ended with 0, an empty one at the end */
};
#define LW_ROLL_ENTRIES (LW_ROLL_PAGE / sizeof(struct lw_roll_entry)) /* of a page */

/* Neighbours share a page. */
static inline uint32_t lw_roll_page_of(uint32_t pid)
{
    return pid / LW_ROLL_ENTRIES % LW_ROLL_PAGES;
}

#ifndef __cplusplus
_Static_assert(sizeof(struct lw_roll_entry) == 512, "the file format has changed: struct lw_roll_entry");
#endif

#endif
