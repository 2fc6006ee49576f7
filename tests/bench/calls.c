/* Takes and gives back one kind of thing: calls OPERATION [COUNT [BATCHES]] prints nanoseconds for one. */
#include "operations.h"

static const struct {
    const char *name;
    operation perform;
} operations[] = {
    {"open", open_close}, {"fopen", fopen_fclose}, {"socket", socket_close},
    {"pipe", pipe_close}, {"uses", uses},          {"lock", lock_unlock},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof operations / sizeof operations[0]; i++) {
        if (strcmp(argv[1], operations[i].name) != 0)
            continue;
        long count = number_argument(argc, argv, 2, 2000);
        printf("%.2f\n", typical(operations[i].perform, count, (size_t)number_argument(argc, argv, 3, 25)));
        return 0;
    }
    fputs("usage: calls open|fopen|socket|pipe|uses|lock [COUNT [BATCHES]]\n", stderr);
    return 2;
}
