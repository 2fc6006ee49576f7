/* Numbers that look random and are the same in every run. */
#ifndef CHANCE_H
#define CHANCE_H

#include <stdint.h>

struct chance {
    uint64_t state;
};

struct chance chance__new(uint64_t seed);
/* Of a seed and a number: what comes of one tells nothing of the others. */
uint64_t chance__mix(uint64_t seed, uint64_t number);
uint64_t chance__bits(struct chance *chance);
double chance__share(struct chance *chance);                            /* in (0, 1) */
double chance__between(struct chance *chance, double low, double high); /* evenly */
double chance__scale(struct chance *chance, double low, double high);   /* evenly in its logarithm */
unsigned chance__below(struct chance *chance, unsigned count);
double chance__wait(struct chance *chance, double mean); /* until the next of independent events */
double chance__normal(struct chance *chance);

#endif
