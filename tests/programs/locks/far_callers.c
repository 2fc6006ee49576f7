/* Two ways to one lock, which differ five calls further out, where a place is not told by. A lock of the second way is left,
 * and with locks=full its stack is its own, though the first way has been gone before.
 *
 * settings: locks=full
 * expect: lock-held count=1 findings=1 call=pthread_mutex_lock function=second_way class=lock level=error
 */
#include "program.h"

#include "locks.h"

#define NOINLINE __attribute__((noinline))

static pthread_mutex_t lock[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static int calls; /* after each call there is something to do, so none of them is a jump */

static NOINLINE void take(int number)
{
    must_be_zero(pthread_mutex_lock(&lock[number]), "lock");
    calls++;
}

#define LEVEL(above, below)                                                                                            \
    static NOINLINE void above(int number)                                                                             \
    {                                                                                                                  \
        below(number);                                                                                                 \
        calls++;                                                                                                       \
    }
LEVEL(level_1, take)
LEVEL(level_2, level_1)
LEVEL(level_3, level_2)
LEVEL(level_4, level_3)
LEVEL(first_way, level_4)
LEVEL(second_way, level_4)

static void *work(void *nothing)
{
    void (*volatile way)(int) = first_way;
    for (int i = 0; i < 2; i++, way = second_way) {
        way(i);
        if (i == 0)
            must_be_zero(pthread_mutex_unlock(&lock[0]), "unlock");
    }
    return nothing;
}

int main(void)
{
    join(start(work, NULL));
    return 0;
}
