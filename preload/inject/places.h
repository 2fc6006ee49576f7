/* Where functions lie, for injections below one of them. */
#ifndef LW_INJECT_PLACES_H
#define LW_INJECT_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

#define LW_PLACES 16u
#define LW_PLACES_MODULES 64u
struct lw_places {
    uint32_t count;   /* functions found */
    uint32_t modules; /* modules read */
    uint32_t module[LW_PLACES_MODULES];
    struct {
        uint64_t start, end;
    } function[LW_PLACES];
};

/* Does the address lie in a function whose name fits the pattern? Reads the symbols of its module when it is met first. */
bool lw_place_is_in(struct lw_places *places, uint64_t address, const char *pattern);

#pragma GCC visibility pop

#endif
