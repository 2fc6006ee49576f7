/* Holds many things that were taken by many different stacks: stacks [STACKS [EACH]] prints how many. A stack is a number,
 * written in calls: one of two functions for each of its bits. Things are descriptors while the limit allows, and streams
 * without a descriptor from there on. */
#include "driver.h"

#include <fcntl.h>

enum { BITS = 14, SPARE = 64 };

static long descriptors_left;

static NOINLINE int zero(unsigned number, unsigned bits);
static NOINLINE int one(unsigned number, unsigned bits);

static NOINLINE int take(void)
{
    static char text[16];
    if (descriptors_left-- > 0)
        must(open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0, "open");
    else
        must(fmemopen(text, sizeof text, "r") != NULL, "fmemopen");
    return 1;
}

static inline __attribute__((always_inline)) int descend(unsigned number, unsigned bits)
{
    int taken;
    if (bits == 0)
        taken = take();
    else if (number & 1)
        taken = one(number >> 1, bits - 1);
    else
        taken = zero(number >> 1, bits - 1);
    __asm__ volatile("" : "+r"(taken)); /* something is left to do: no tail call */
    return taken;
}

static int zero(unsigned number, unsigned bits)
{
    return descend(number, bits);
}

static int one(unsigned number, unsigned bits)
{
    return descend(number, bits);
}

int main(int argc, char **argv)
{
    unsigned stacks = (unsigned)number_argument(argc, argv, 1, 10000);
    unsigned each = (unsigned)number_argument(argc, argv, 2, 10);
    long taken = 0;
    descriptors_left = allow_descriptors((long)stacks * each + SPARE) - SPARE;
    for (unsigned turn = 0; turn < each; turn++)
        for (unsigned i = 0; i < stacks; i++)
            taken += zero(i, BITS);
    printf("%ld\n", taken);
    return 0;
}
