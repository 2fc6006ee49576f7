/* What scopes cost: scopes OPERATION [COUNT [BATCHES]] prints nanoseconds for one.
 *
 * DESIGN. What is asked for is a few nanoseconds, and other things take hundreds: so each batch of the operation stands
 * beside one of the same without it, and the median of the differences is printed. */
#include "driver.h"

#include <unistd.h>

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

/* The cheapest acquisition that there is: what a scope adds to it stands out. */
static NOINLINE void acquire_release(long count)
{
    for (long i = 0; i < count; i++) {
        int copy = dup(STDIN_FILENO);
        must(copy >= 0 && close(copy) == 0, "dup and close");
    }
}

static NOINLINE void acquire_inside(long count)
{
    leakwatch_scope_t scope = leakwatch_scope_begin("request");
    acquire_release(count);
    leakwatch_scope_end(scope);
}

static NOINLINE void acquire_in_scopes(long count)
{
    for (long i = 0; i < count; i++)
        LEAKWATCH_SCOPE("request") {
            acquire_release(1);
        }
}

static const struct {
    const char *name;
    void (*repeat)(long count);
    void (*without)(long count);
} operations[] = {
    {"begin-end", begin_end, nothing},
    {"block", block, nothing},
    {"acquire", acquire_release, nothing},
    {"acquire-inside", acquire_inside, acquire_release},
    {"acquire-in-scopes", acquire_in_scopes, acquire_release},
};

static double nanoseconds_of(void (*repeat)(long count), void (*without)(long count), long count)
{
    double begin = seconds_now();
    repeat(count);
    double middle = seconds_now();
    without(count);
    double end = seconds_now();
    return ((middle - begin) - (end - middle)) * 1e9 / (double)count;
}

static double typical_of(void (*repeat)(long count), void (*without)(long count), long count, size_t batches)
{
    double *nanoseconds = malloc(batches * sizeof *nanoseconds);
    must(nanoseconds != NULL, "malloc");
    nanoseconds_of(repeat, without, count / 4 + 1);
    for (size_t i = 0; i < batches; i++)
        nanoseconds[i] = nanoseconds_of(repeat, without, count);
    double result = median(nanoseconds, batches);
    free(nanoseconds);
    return result;
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof operations / sizeof operations[0]; i++) {
        if (strcmp(argv[1], operations[i].name) != 0)
            continue;
        long count = number_argument(argc, argv, 2, 2000);
        size_t batches = (size_t)number_argument(argc, argv, 3, 1001);
        printf("%.2f\n", typical_of(operations[i].repeat, operations[i].without, count, batches));
        return 0;
    }
    fputs("usage: scopes begin-end|block|acquire|acquire-inside|acquire-in-scopes [COUNT [BATCHES]]\n", stderr);
    return 2;
}
