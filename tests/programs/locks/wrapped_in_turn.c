/* A wrapper around a lock, as large programs have one: four ways into it, equally deep and in turn. None of them displaces
 * another, so that long after the walks of a thread are used up, it is known which way a lock was taken that is left.
 *
 * expect: lock-held count=1 findings=1 call=pthread_mutex_lock function=third_way class=lock level=error
 */
#include "program.h"

#include "locks.h"

#define NOINLINE __attribute__((noinline))

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int calls; /* after each call there is something to do, so none of them is a jump */

static NOINLINE void enter(void)
{
    must_be_zero(pthread_mutex_lock(&lock), "lock");
    calls++;
}

#define WAY(name)                                                                                                      \
    static NOINLINE void name(void)                                                                                    \
    {                                                                                                                  \
        enter();                                                                                                       \
        calls++;                                                                                                       \
    }
WAY(first_way)
WAY(second_way)
WAY(third_way)
WAY(fourth_way)

static void *work(void *nothing)
{
    static void (*const ways[])(void) = {first_way, second_way, third_way, fourth_way};
    for (size_t i = 0; i < 501 * COUNT(ways); i++) {
        ways[i % COUNT(ways)]();
        if (i == 501 * COUNT(ways) - 2)
            return nothing;
        must_be_zero(pthread_mutex_unlock(&lock), "unlock");
    }
    return nothing;
}

int main(void)
{
    join(start(work, NULL));
    return 0;
}
