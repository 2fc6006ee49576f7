/* How much memory stays resident? memory THREADS DESCRIPTORS lets each of the threads open and close, holds so many
 * descriptors at its peak, and prints VmRSS in KiB while the threads still live. */
#include "operations.h"

#include <pthread.h>

enum { STACK = 128 * 1024, THREADS_MOST = 256 };

static pthread_barrier_t worked, measured;

static void *work(void *nothing)
{
    batch(open_close, 100);
    batch(pipe_close, 100);
    pthread_barrier_wait(&worked);
    pthread_barrier_wait(&measured);
    return nothing;
}

static long resident(void)
{
    char line[256];
    long kilobytes = -1;
    FILE *status = fopen("/proc/self/status", "re");
    must(status != NULL, "/proc/self/status");
    while (fgets(line, sizeof line, status) && sscanf(line, "VmRSS: %ld", &kilobytes) != 1)
        ;
    fclose(status);
    return kilobytes;
}

static void hold(long count)
{
    must(allow_descriptors(count + 64) >= count + 64, "so many descriptors are not allowed");
    for (long i = 0; i < count; i++)
        must(open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0, "open");
}

int main(int argc, char **argv)
{
    unsigned threads = (unsigned)number_argument(argc, argv, 1, 0);
    pthread_attr_t attributes;
    pthread_t thread[THREADS_MOST];
    if (threads > THREADS_MOST)
        return 2;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    pthread_barrier_init(&worked, NULL, threads + 1);
    pthread_barrier_init(&measured, NULL, threads + 1);
    for (unsigned i = 0; i < threads; i++)
        must(pthread_create(&thread[i], &attributes, work, NULL) == 0, "pthread_create");
    batch(open_close, 100);
    hold(number_argument(argc, argv, 2, 0));
    pthread_barrier_wait(&worked);
    printf("%ld\n", resident());
    pthread_barrier_wait(&measured);
    for (unsigned i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    return 0;
}
