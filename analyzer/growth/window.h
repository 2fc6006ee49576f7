/* The span of time that tells whether births go on. */
#ifndef GROWTH_WINDOW_H
#define GROWTH_WINDOW_H

#include <stddef.h>
#include <stdint.h>

/* Births within it, the oldest first: where they lie. Positions are shares of the window. */
struct window {
    double start, end; /* ns */
    const uint64_t *births;
    size_t count;
};

/* From the first acquisition to `end`, but for its first tenth: that is warm-up. */
struct window window__of(const uint64_t *births, size_t count, uint64_t first, uint64_t end);
double window__length(const struct window *window);
/* What comes together, as connections of one client's pool do, comes once: how many fiftieths of the window hold births. */
size_t window__moments(const struct window *window);
double window__late(const struct window *window); /* share of the births in the last third; 0 of none */
double window__gap(const struct window *window);  /* share of the window after the last birth */
double window__mean(const struct window *window); /* position of the births; 0.5 of none */
/* The longest pause between two births, before the last one; 0 of fewer than two. */
double window__longest_pause(const struct window *window);

#endif
