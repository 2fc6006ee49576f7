/* Does the end of a scope cost what was acquired in it, or what the process holds? scope_ends [MANY] prints how many streams
 * could be held, and nanoseconds for the end of a scope that acquired one, while 10 others are held and while that many
 * are. */
#include "driver.h"

#include "leakwatch/leakwatch.h"

enum { FEW = 10, COUNT = 2000, BATCHES = 25 };

/* A stream without a descriptor: no limit says how many there may be. */
static NOINLINE FILE *stream(void)
{
    static char text[16];
    FILE *result = fmemopen(text, sizeof text, "r");
    must(result != NULL, "fmemopen");
    return result;
}

static double end_one(void)
{
    leakwatch_scope_t scope = leakwatch_scope_begin("request");
    FILE *acquired = stream();
    double begin = seconds_now();
    leakwatch_scope_end(scope);
    double end = seconds_now();
    must(fclose(acquired) == 0, "fclose");
    return end - begin;
}

static double typical_end(void)
{
    double nanoseconds[BATCHES];
    for (int batch = 0; batch < BATCHES; batch++) {
        nanoseconds[batch] = 0;
        for (int i = 0; i < COUNT; i++)
            nanoseconds[batch] += end_one() * 1e9 / COUNT;
    }
    return median(nanoseconds, BATCHES);
}

static void hold(long count)
{
    for (long i = 0; i < count; i++)
        stream();
}

int main(int argc, char **argv)
{
    long many = number_argument(argc, argv, 1, 100000);
    hold(FEW);
    typical_end();
    double few_held = typical_end();
    hold(many - FEW);
    printf("%ld %.2f %.2f\n", many, few_held, typical_end());
    return 0;
}
