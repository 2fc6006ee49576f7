/* What a process takes and gives back over its life, made up, with the truth about which of its sites leak.
 *
 * DESIGN. A history is a list of resources, each with the moments of its birth and of its death; what is held at a moment,
 * how long those lived that are gone, and when the limit is reached all follow from it, whatever family it is of. A family
 * (families.h) makes such lists; history__walk goes through one in the order of time, as the process would, and keeps the
 * books that libleakwatch.so keeps; look.h writes them down as a ledger.
 *
 * Times are seconds since the process began. */
#ifndef HISTORY_H
#define HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chance.h"
#include "leakwatch/ledger.h"

enum { SITES = 8, LOOKS = 8 };

struct resource {
    double birth, death; /* INFINITY: it is never given back */
    uint64_t time;       /* of its birth, as a ledger has it: set by the walk */
    uint32_t site;
    double lost; /* from when on it is leaked: never of use again, and never given back; INFINITY: it is not */
};

struct plan {
    const char *call;
    enum lw_kind kind;
    bool is_warm_up; /* all it holds was taken at the start, for life */
};

struct history {
    const char *family;
    uint64_t seed;
    struct chance chance; /* of its parameters */
    double life;          /* how long it lives; with a leak: how long it has room, about */
    double horizon;       /* resources are made up to here */
    uint32_t limit;
    bool is_leak;    /* something leaks */
    bool has_no_hit; /* though it leaks: it stops, or what leaks is none of the limit's */
    double stops;    /* from when on nothing leaks any more; INFINITY: it goes on */
    struct plan plans[SITES];
    uint32_t sites;
    struct resource *resources;
    size_t count, room;
    /* What the last walk found. */
    double hit;    /* when the limit is reached; INFINITY: never */
    uint64_t peak; /* of descriptors */
};

uint32_t history__site(struct history *history, const char *call, enum lw_kind kind);
/* It is not there where it would be born behind the horizon. */
void history__add(struct history *history, uint32_t site, double birth, double death);
void history__leak(struct history *history, uint32_t site, double birth, double lost);
/* A stream of numbers of its own, for one part of a history. */
struct chance history__chance(struct history *history, uint32_t part);
void history__clear(struct history *history); /* of sites and resources */
void history__free(struct history *history);

/* When so many were leaked (from 1 on); INFINITY: never. In all sites. */
double history__leaked(const struct history *history, size_t number);
size_t history__leaked_before(const struct history *history, double time);
bool history__leaks_at(const struct history *history, uint32_t site, double time);

/* The books of a process at a moment. */
struct books {
    double time;
    uint64_t now; /* the same as a time of the ledger */
    uint64_t start;
    struct site_books {
        uint64_t first, last;
        uint64_t acquired; /* 0: the site is not known yet */
        uint64_t released;
        uint32_t lifetimes[LW_LIFETIMES];
    } sites[SITES];
    struct lw_samples samples;
    uint64_t opened, closed; /* descriptors */
};
typedef void history_look(void *context, const struct history *history, const struct books *books, unsigned look);
/* Goes on to the horizon, or to where the limit is reached, and looks at these moments, in ascending order. */
void history__walk(struct history *history, const double *looks, unsigned count, history_look *look, void *context);

#endif
