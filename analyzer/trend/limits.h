/* What grows toward another limit than that of descriptors: threads, children, locks. */
#ifndef TREND_LIMITS_H
#define TREND_LIMITS_H

#include <stddef.h>

struct trend;

/* A line for each kind of these that leaks, or may: allocated; NULL behind the last one. `at` counts from 0. */
char *trend_limits__line(const struct trend *trend, size_t at);

#endif
