/* Things that are kept because that is of use: pools, caches, what is taken once and for all, what is renewed now and
 * then. Each may lose some of what it keeps: that leaks. */
#ifndef KEEPING_H
#define KEEPING_H

#include "load.h"

/* Each request takes an idle one, the first there is, or opens one more if they are all at work and there may be more. */
struct pool {
    struct requests demand; /* collection and forgetting are not looked at */
    unsigned most;
    double idle;    /* closed when nothing has asked for it so long; 0: never */
    double longest; /* renewed when it is older; 0: never */
    double lost;    /* share of the requests that do not give theirs back, and it is forgotten */
    double lost_from;
};
void pool__add(struct history *history, uint32_t site, const struct pool *pool);

/* Each request asks for one of `keys` things, some more often than others, and what was not there is opened. */
struct cache {
    struct rate rate;
    unsigned keys;
    double skew;       /* of Zipf's law; not 1 */
    unsigned capacity; /* what was used longest ago goes; 0: nothing does */
    double unused;     /* closed when nothing has asked for it so long; 0: never */
    double lost;       /* share of those that should go and are forgotten instead */
};
void cache__add(struct history *history, uint32_t site, const struct cache *cache);

/* So many at once, at moments that come regularly or not, for some time. */
struct batches {
    double period;
    double jitter;   /* share of the period */
    double from, to; /* to 0: no end */
    unsigned least, most;
    double takes; /* seconds in which they are opened */
    double kept;  /* seconds for which they are kept, about; until the next batch where that is 0 */
    double lost;  /* share that is forgotten */
};
void batches__add(struct history *history, uint32_t site, const struct batches *batches);

/* At the start, within so many seconds, for life. */
void start__add(struct history *history, uint32_t site, unsigned count, double within);

/* Clients that are always there: each session lives until it ends or until all are thrown out at once, then comes back. */
struct sessions {
    unsigned clients;
    struct lifetime lifetime;
    double away;   /* seconds until it is back */
    double storms; /* period; 0: there are none */
    double lost;   /* share of the sessions that are forgotten when they end */
};
void sessions__add(struct history *history, uint32_t site, const struct sessions *sessions);

#endif
