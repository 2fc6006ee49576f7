/* Kinds of programs: how each takes and gives back, and which of its sites leak. */
#ifndef FAMILIES_H
#define FAMILIES_H

#include "keeping.h"

#define MINUTE 60.0
#define HOUR 3600.0
#define DAY 86400.0

struct family {
    const char *name;
    void (*make)(struct history *history);
    double shortest, longest; /* seconds of life */
    bool has_no_hit;          /* a leak that never gets to the limit */
};

/* families_load.c: work that comes and goes; families_kept.c: what is kept as long as it is of use. None of these leaks.
 * families_leaks.c: requests that forget; families_losses.c: what forgets is kept for long, or never given back. */
extern const struct family load_families[], kept_families[], leak_families[], loss_families[];

/* The history of this family with this seed: the same whenever it is asked for. quarter: of the range of its lives, from
 * 0 to 3. It ends at the hit or at its horizon. */
struct history family__history(const struct family *family, bool is_leak, uint64_t seed, unsigned quarter);

/* ---- What families are made of. Shares are of the limit. */

/* A few files for life; sets how many. */
void base__add(struct history *history);
/* Requests that hold this share in the mean. */
struct requests base__requests(struct history *history, double share);
/* Requests that hold any share up to that, as most do: much or little. */
struct requests base__any_requests(struct history *history, double most);
/* Other sites that take part in the work, so that the total rises and falls with load: their share. */
double base__beside(struct history *history, const struct rate *like, double most);
/* Which share of the requests must forget so that the room that such loads leave lasts for the life. */
double base__forgetting(const struct history *history, const struct requests *requests, double load);
/* A share of the limit, in a number. */
unsigned base__number(const struct history *history, double share);

#endif
