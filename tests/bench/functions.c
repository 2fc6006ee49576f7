/* A function of a program that is built with -finstrument-functions: functions [COUNT [BATCHES]] prints nanoseconds for one
 * call of it, from the median batch. LEAKWATCH_OPTIONS=scopes= says whether it is a scope. */
#include "driver.h"

#define PLAIN __attribute__((no_instrument_function))

static NOINLINE void instrumented_function(void)
{
    __asm__ volatile("" : : : "memory");
}

static PLAIN double nanoseconds_of(long count)
{
    double begin = seconds_now();
    for (long i = 0; i < count; i++)
        instrumented_function();
    return (seconds_now() - begin) * 1e9 / (double)count;
}

PLAIN int main(int argc, char **argv)
{
    long count = number_argument(argc, argv, 1, 100000);
    size_t batches = (size_t)number_argument(argc, argv, 2, 25);
    double *nanoseconds = malloc(batches * sizeof *nanoseconds);
    must(nanoseconds != NULL, "malloc");
    nanoseconds_of(count);
    for (size_t i = 0; i < batches; i++)
        nanoseconds[i] = nanoseconds_of(count);
    printf("%.2f\n", median(nanoseconds, batches));
    free(nanoseconds);
    return 0;
}
