/* Threads that want one mutex all the time: contended THREADS [COUNT] prints locks a second, of all together. */
#include "crowd.h"

enum { INSIDE = 40, OUTSIDE = 120 };

static uint64_t shared; /* what the mutex protects */

static uint64_t spend(uint64_t number, int steps)
{
    for (int i = 0; i < steps; i++)
        number = number * 6364136223846793005u + 1442695040888963407u;
    return number;
}

static void *work(void *seed)
{
    uint64_t own = (uint64_t)(uintptr_t)seed;
    crowd_begin();
    for (long i = 0; i < crowd_count; i++) {
        must(pthread_mutex_lock(&operations_mutex) == 0, "lock");
        shared = spend(shared + own, INSIDE);
        must(pthread_mutex_unlock(&operations_mutex) == 0, "unlock");
        own = spend(own, OUTSIDE);
    }
    return (void *)(uintptr_t)(own & 1);
}

int main(int argc, char **argv)
{
    return crowd_main(argc, argv, work, 200000);
}
