/* Threads, or processes, that enter scopes at the same time: scope_workers threads|processes NUMBER [COUNT] prints scopes a
 * second, of all together. Processes share nothing, so that what two threads reach of it tells how much they contend. */
#include "driver.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leakwatch/leakwatch.h"

enum { WORKERS_MOST = 64 };

static struct shared {
    pthread_barrier_t start;
    long count;
    double seconds[WORKERS_MOST];
} * shared;

static void enter(long count)
{
    for (long i = 0; i < count; i++)
        LEAKWATCH_SCOPE("request") {
            __asm__ volatile("" : : : "memory");
        }
}

static void *work(void *seconds)
{
    enter(shared->count / 10);
    pthread_barrier_wait(&shared->start);
    double begin = seconds_now();
    enter(shared->count);
    *(double *)seconds = seconds_now() - begin;
    return NULL;
}

static void run_threads(unsigned number)
{
    pthread_t threads[WORKERS_MOST];
    for (unsigned i = 0; i < number; i++)
        must(pthread_create(&threads[i], NULL, work, &shared->seconds[i]) == 0, "pthread_create");
    for (unsigned i = 0; i < number; i++)
        pthread_join(threads[i], NULL);
}

static void run_processes(unsigned number)
{
    for (unsigned i = 0; i < number; i++) {
        pid_t child = fork();
        must(child >= 0, "fork");
        if (child == 0) {
            work(&shared->seconds[i]);
            _exit(0);
        }
    }
    while (wait(NULL) > 0)
        continue;
}

static void prepare(unsigned number, long count)
{
    pthread_barrierattr_t attributes;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(shared != MAP_FAILED, "mmap");
    shared->count = count;
    must(pthread_barrierattr_init(&attributes) == 0, "pthread_barrierattr_init");
    must(pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) == 0, "pthread_barrierattr_setpshared");
    must(pthread_barrier_init(&shared->start, &attributes, number) == 0, "pthread_barrier_init");
}

int main(int argc, char **argv)
{
    unsigned number = (unsigned)number_argument(argc, argv, 2, 2);
    int threads = argc > 1 && strcmp(argv[1], "threads") == 0;
    double rate = 0;
    if (argc < 2 || (!threads && strcmp(argv[1], "processes") != 0) || number < 1 || number > WORKERS_MOST) {
        fprintf(stderr, "usage: scope_workers threads|processes NUMBER [COUNT], 1 to %d of them\n", WORKERS_MOST);
        return 2;
    }
    prepare(number, number_argument(argc, argv, 3, 5000000));
    if (threads)
        run_threads(number);
    else
        run_processes(number);
    for (unsigned i = 0; i < number; i++)
        rate += (double)shared->count / shared->seconds[i];
    printf("%.0f\n", rate);
    return 0;
}
