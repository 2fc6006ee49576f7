/* Numbers that look random and are the same in every run: splitmix64 and what is made of it. */
#include "chance.h"

#include <math.h>

#define GOLDEN 0x9e3779b97f4a7c15ULL

uint64_t chance__mix(uint64_t seed, uint64_t number)
{
    uint64_t z = seed + number * GOLDEN;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

struct chance chance__new(uint64_t seed)
{
    return (struct chance){chance__mix(seed, 1)};
}

uint64_t chance__bits(struct chance *chance)
{
    chance->state += GOLDEN;
    return chance__mix(chance->state, 0);
}

double chance__share(struct chance *chance)
{
    return ((double)(chance__bits(chance) >> 12) + 0.5) / 4503599627370496.0; /* 2^52 */
}

double chance__between(struct chance *chance, double low, double high)
{
    return low + (high - low) * chance__share(chance);
}

double chance__scale(struct chance *chance, double low, double high)
{
    return low * pow(high / low, chance__share(chance));
}

unsigned chance__below(struct chance *chance, unsigned count)
{
    return (unsigned)(chance__share(chance) * count);
}

double chance__wait(struct chance *chance, double mean)
{
    return -mean * log(chance__share(chance));
}

double chance__normal(struct chance *chance)
{
    double radius = sqrt(-2 * log(chance__share(chance)));
    return radius * cos(2 * acos(-1) * chance__share(chance));
}
