/* Scopes that are begun and ended: scopes OPERATION [COUNT [BATCHES]] prints nanoseconds for one. */
#include "driver.h"

#include "leakwatch/leakwatch.h"

/* What a loop costs that does nothing. */
static NOINLINE void nothing(long count)
{
    for (long i = 0; i < count; i++)
        __asm__ volatile("" : : : "memory");
}

static NOINLINE void begin_end(long count)
{
    for (long i = 0; i < count; i++) {
        leakwatch_scope_t scope = leakwatch_scope_begin("request");
        __asm__ volatile("" : "+r"(scope) : : "memory");
        leakwatch_scope_end(scope);
    }
}

static NOINLINE void block(long count)
{
    for (long i = 0; i < count; i++)
        LEAKWATCH_SCOPE("request") {
            __asm__ volatile("" : : : "memory");
        }
}

static const struct {
    const char *name;
    void (*repeat)(long count);
} operations[] = {
    {"begin-end", begin_end},
    {"block", block},
};

static double nanoseconds_of(void (*repeat)(long count), long count)
{
    double begin = seconds_now();
    repeat(count);
    double middle = seconds_now();
    nothing(count);
    double end = seconds_now();
    return ((middle - begin) - (end - middle)) * 1e9 / (double)count;
}

static double typical_of(void (*repeat)(long count), long count, size_t batches)
{
    double *nanoseconds = malloc(batches * sizeof *nanoseconds);
    must(nanoseconds != NULL, "malloc");
    nanoseconds_of(repeat, count / 4 + 1);
    for (size_t i = 0; i < batches; i++)
        nanoseconds[i] = nanoseconds_of(repeat, count);
    double result = median(nanoseconds, batches);
    free(nanoseconds);
    return result;
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof operations / sizeof operations[0]; i++) {
        if (strcmp(argv[1], operations[i].name) != 0)
            continue;
        long count = number_argument(argc, argv, 2, 100000);
        printf("%.2f\n", typical_of(operations[i].repeat, count, (size_t)number_argument(argc, argv, 3, 25)));
        return 0;
    }
    fputs("usage: scopes begin-end|block [COUNT [BATCHES]]\n", stderr);
    return 2;
}
