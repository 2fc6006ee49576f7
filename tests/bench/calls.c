/* Takes and gives back one kind of thing: calls OPERATION [COUNT [BATCHES [THREADS]]] prints nanoseconds for one. So many
 * more threads are there meanwhile, and do nothing: with the first of them locks begin to cost. */
#include "operations.h"

static void *rest(void *nothing)
{
    pause();
    return nothing;
}

static void start_idle(long threads)
{
    pthread_t thread;
    for (long i = 0; i < threads; i++)
        must(pthread_create(&thread, NULL, rest, NULL) == 0, "pthread_create");
}

static const struct {
    const char *name;
    operation perform;
} operations[] = {
    {"open", open_close},
    {"fopen", fopen_fclose},
    {"socket", socket_close},
    {"pipe", pipe_close},
    {"uses", uses},
    {"lock", lock_unlock},
    {"read-lock", read_lock},
    {"write-lock", write_lock},
    {"spin-lock", spin_lock},
    {"condition", signal_condition},
    {"talk", talk},
    {"dup", dup_close},
    {"missing", open_missing},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof operations / sizeof operations[0]; i++) {
        if (strcmp(argv[1], operations[i].name) != 0)
            continue;
        long count = number_argument(argc, argv, 2, 2000);
        start_idle(number_argument(argc, argv, 4, 0));
        printf("%.2f\n", typical(operations[i].perform, count, (size_t)number_argument(argc, argv, 3, 25)));
        return 0;
    }
    fputs("usage: calls OPERATION [COUNT [BATCHES [THREADS]]], where OPERATION is one of", stderr);
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
        fprintf(stderr, " %s", operations[i].name);
    fputs("\n", stderr);
    return 2;
}
