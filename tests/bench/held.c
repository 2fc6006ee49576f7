/* Does holding much make the next one dearer? held descriptors|streams [MANY] prints how many could be held, and
 * nanoseconds for taking one more and giving it back while 10 are held, and while that many are. */
#include "operations.h"

enum { FEW = 10, SPARE = 64 };

static void hold_descriptors(long count)
{
    for (long i = 0; i < count; i++)
        must(open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0, "open");
}

static void hold_streams(long count)
{
    static char text[16];
    for (long i = 0; i < count; i++)
        must(fmemopen(text, sizeof text, "r") != NULL, "fmemopen");
}

int main(int argc, char **argv)
{
    int descriptors = argc > 1 && strcmp(argv[1], "descriptors") == 0;
    long many = number_argument(argc, argv, 2, 100000);
    operation perform = descriptors ? open_close : memory_stream;
    void (*hold)(long) = descriptors ? hold_descriptors : hold_streams;
    if (descriptors)
        many = allow_descriptors(many + SPARE) - SPARE;

    hold(FEW);
    double few_held = typical(perform, 2000, 25);
    hold(many - FEW);
    printf("%ld %.2f %.2f\n", many, few_held, typical(perform, 2000, 25));
    return 0;
}
