/* Takes and gives back one kind of thing: calls OPERATION [COUNT [BATCHES [THREADS]]] prints nanoseconds for one. So many
 * more threads are there meanwhile, and do nothing: with the first of them locks begin to cost.
 * thread-OPERATION is done by another thread than the first, which works for a scope of its own. */
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
    {"opendir", opendir_closedir},
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

struct measured {
    operation perform;
    long count;
    size_t batches;
};

static void *measure(void *measured)
{
    const struct measured *what = measured;
    printf("%.2f\n", typical(what->perform, what->count, what->batches));
    return NULL;
}

static void measure_in_thread(struct measured *what)
{
    pthread_t thread;
    must(pthread_create(&thread, NULL, measure, what) == 0 && pthread_join(thread, NULL) == 0, "a thread");
}

#define BY_THREAD "thread-"

int main(int argc, char **argv)
{
    size_t skipped = argc > 1 && strncmp(argv[1], BY_THREAD, strlen(BY_THREAD)) == 0 ? strlen(BY_THREAD) : 0;
    for (size_t i = 0; argc > 1 && i < sizeof operations / sizeof operations[0]; i++) {
        if (strcmp(argv[1] + skipped, operations[i].name) != 0)
            continue;
        struct measured what = {operations[i].perform, number_argument(argc, argv, 2, 2000),
                                (size_t)number_argument(argc, argv, 3, 25)};
        start_idle(number_argument(argc, argv, 4, 0));
        if (skipped)
            measure_in_thread(&what);
        else
            measure(&what);
        return 0;
    }
    fputs("usage: calls OPERATION [COUNT [BATCHES [THREADS]]], where OPERATION is one of", stderr);
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
        fprintf(stderr, " %s", operations[i].name);
    fputs("\n", stderr);
    return 2;
}
