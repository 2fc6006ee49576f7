/* What the drivers share: a clock, medians, and a chain of calls to measure below.
 *
 * DESIGN. A driver runs one thing many times in batches and prints figures of the median batch; bench.py runs it with and
 * without leakwatch in turn and compares. The thing is done at the end of a chain of twelve calls whose functions have
 * no frame pointer and keep so many values across the call that every callee-saved register, rbp among them, holds data
 * that changes from one round to the next: the stack is the same each time, the registers and what is saved of them is not.
 */
#ifndef DRIVER_H
#define DRIVER_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define NOINLINE __attribute__((noinline, unused))

static inline double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline void must(int fine, const char *what)
{
    if (fine)
        return;
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static inline long number_argument(int argc, char **argv, int which, long otherwise)
{
    return argc > which ? strtol(argv[which], NULL, 10) : otherwise;
}

/* Asks for room for so many descriptors; returns how many there may be. */
static inline long allow_descriptors(long wanted)
{
    struct rlimit limit;
    must(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
    struct rlimit raised = {.rlim_cur = (rlim_t)wanted, .rlim_max = (rlim_t)wanted};
    if (limit.rlim_max >= raised.rlim_cur)
        raised.rlim_max = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
        return wanted;
    limit.rlim_cur = limit.rlim_max;
    must(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    return (long)limit.rlim_max;
}

static inline int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static inline double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return values[count / 2];
}

/* What is done at the end of the chain. */
typedef void (*operation)(void);

static NOINLINE uint64_t level_0(operation perform, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
    perform();
    return a + 3 * b + 5 * c + 7 * d + 11 * e;
}

#define LEVEL(above, below)                                                                                            \
    static NOINLINE uint64_t level_##above(operation perform, uint64_t a, uint64_t b, uint64_t c, uint64_t d,          \
                                           uint64_t e)                                                                 \
    {                                                                                                                  \
        uint64_t sum = level_##below(perform, b + 1, c ^ a, d + e, e * 5, a + above);                                  \
        return (sum ^ a) + 3 * b + 5 * c + 7 * d + 11 * e + (uint64_t)(perform != NULL);                               \
    }
LEVEL(1, 0)
LEVEL(2, 1)
LEVEL(3, 2)
LEVEL(4, 3)
LEVEL(5, 4)
LEVEL(6, 5)
LEVEL(7, 6)
LEVEL(8, 7)
LEVEL(9, 8)
LEVEL(10, 9)
LEVEL(11, 10)

static volatile uint64_t driver_sum; /* keeps the chain's arithmetic alive */

/* Performs the operation so often; returns nanoseconds for one. */
static NOINLINE double batch(operation perform, long count)
{
    double begin = seconds_now();
    uint64_t sum = 0;
    for (long i = 0; i < count; i++)
        sum += level_11(perform, (uint64_t)i, sum, (uint64_t)(i * 17), sum >> 7, (uint64_t)~i);
    driver_sum = sum;
    return (seconds_now() - begin) * 1e9 / (double)count;
}

/* Nanoseconds for one operation, in the median of many batches. */
static inline double typical(operation perform, long count, size_t batches)
{
    double *nanoseconds = malloc(batches * sizeof *nanoseconds);
    must(nanoseconds != NULL, "malloc");
    batch(perform, count / 4 + 1);
    for (size_t i = 0; i < batches; i++)
        nanoseconds[i] = batch(perform, count);
    double result = median(nanoseconds, batches);
    free(nanoseconds);
    return result;
}

#endif
