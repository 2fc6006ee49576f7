/* Threads that open and close at the same time: threads NUMBER [COUNT] prints operations a second, of all together. */
#include "operations.h"

#include <pthread.h>

enum { THREADS_MOST = 64 };

static pthread_barrier_t start;
static long count;

static void *work(void *nothing)
{
    batch(open_close, 100);
    pthread_barrier_wait(&start);
    batch(open_close, count);
    return nothing;
}

int main(int argc, char **argv)
{
    unsigned threads = (unsigned)number_argument(argc, argv, 1, 2);
    pthread_t thread[THREADS_MOST];
    count = number_argument(argc, argv, 2, 50000);
    if (threads < 1 || threads > THREADS_MOST) {
        fprintf(stderr, "threads: 1 to %d of them\n", THREADS_MOST);
        return 2;
    }
    must(pthread_barrier_init(&start, NULL, threads + 1) == 0, "pthread_barrier_init");
    for (unsigned i = 0; i < threads; i++)
        must(pthread_create(&thread[i], NULL, work, NULL) == 0, "pthread_create");
    pthread_barrier_wait(&start);
    double begin = seconds_now();
    for (unsigned i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    printf("%.0f\n", (double)count * threads / (seconds_now() - begin));
    return 0;
}
