/* Threads that begin together, and do the same so often: what drivers with threads share. */
#ifndef CROWD_H
#define CROWD_H

#include "operations.h"

#include <pthread.h>

enum { CROWD_MOST = 64 };

static pthread_barrier_t crowd_start;
static long crowd_count;

/* To be called by each thread before what is measured. */
static inline void crowd_begin(void)
{
    pthread_barrier_wait(&crowd_start);
}

/* DRIVER THREADS [COUNT] prints how often a second `work` was done, by all of them together. work: of one thread, which has
 * its number, from 1 on, as a pointer. */
static inline int crowd_main(int argc, char **argv, void *(*work)(void *), long usual_count)
{
    unsigned threads = (unsigned)number_argument(argc, argv, 1, 2);
    pthread_t thread[CROWD_MOST];
    crowd_count = number_argument(argc, argv, 2, usual_count);
    if (threads < 1 || threads > CROWD_MOST) {
        fprintf(stderr, "%s: 1 to %d threads\n", argv[0], CROWD_MOST);
        return 2;
    }
    begin_ledger();
    must(pthread_barrier_init(&crowd_start, NULL, threads + 1) == 0, "pthread_barrier_init");
    for (unsigned i = 0; i < threads; i++)
        must(pthread_create(&thread[i], NULL, work, (void *)(uintptr_t)(i + 1)) == 0, "pthread_create");
    crowd_begin();
    double begin = seconds_now();
    for (unsigned i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    printf("%.0f\n", (double)crowd_count * threads / (seconds_now() - begin));
    return 0;
}

#endif
