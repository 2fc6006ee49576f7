/* Work that comes and goes: how often requests arrive, how long each keeps what it takes, which of them leak. */
#ifndef LOAD_H
#define LOAD_H

#include "history.h"

/* How often something happens: in the mean so often in a second, times what follows. */
struct rate {
    double mean;
    double swing, period, phase; /* 1 + swing * sin(2 pi (t / period + phase)) */
    double weekend;              /* share of the rate that is left on two days of seven periods; 0: all of it */
    double growth, over;         /* up to 1 + growth, evenly over so many seconds; then it stays */
    double step, step_at;        /* times that from then on; 0: none */
    double burst, every, length; /* so many times more for `length` seconds, once in `every` */
    double from, to;             /* none outside; to 0: no end */
    uint64_t seed;               /* of bursts */
};
double rate__at(const struct rate *rate, double time);
double rate__highest(const struct rate *rate);
/* The next moment after `time`. */
double rate__next(const struct rate *rate, struct chance *chance, double time);

enum lifetime_shape { EVENLY, EXPONENTIAL, LOGNORMAL, PARETO, MIXED, LEVELS };
struct lifetime {
    enum lifetime_shape shape;
    double mean;         /* EVENLY: half to one and a half of it; PARETO: the shortest */
    double shape_number; /* LOGNORMAL: sigma; PARETO: alpha; LEVELS: share that goes on to the next, ten times longer */
    double longest;      /* what is longer is cut off there; 0: nothing is */
    double slow, slow_mean; /* MIXED: such a share lives that long in the mean, with LOGNORMAL's sigma */
};
double lifetime__of(const struct lifetime *lifetime, struct chance *chance);
double lifetime__mean(const struct lifetime *lifetime);
/* Any of them, with this mean. */
struct lifetime lifetime__any(struct chance *chance, double mean);

/* When a request's resource is forgotten. */
struct forgetting {
    double share;       /* of the requests; 0: none */
    double from, to;    /* and when; to 0: no end */
    struct rate errors; /* mean not 0: at these moments one is forgotten, whatever the share */
};

/* When a garbage collector gives things back: at a multiple of period; some only at every so manieth. */
struct collection {
    double period; /* 0: at once */
    double older;  /* share that waits for the great collection … */
    unsigned great;
};

struct requests {
    struct rate rate;
    struct lifetime lifetime;
    struct forgetting forgetting;
    struct collection collection;
};
void requests__add(struct history *history, uint32_t site, const struct requests *requests);
/* Such a rate as keeps so many at once in the mean. */
double requests__mean_held(const struct requests *requests);

#endif
