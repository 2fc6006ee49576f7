/* A thread ends that holds 400 mutexes, more than are followed: those that are followed are told, and how many are not.
 * Another one gives back what it takes only when it has the next one, and so never holds more than two. A recursive mutex
 * that is taken again and again by who holds as many as are followed is misused by nobody.
 *
 * expect: lock-held count=137 findings=1 call=pthread_mutex_lock function=takes_all line=taken class=lock type=mutex
 *         level=error
 * expect-text: 263 locks found no room, as their threads held 137 others, and what concerns them is not told
 */
#include "program.h"

#include "locks.h"

enum { MANY = 400, TURNS = 1000 };
static pthread_mutex_t many[MANY], hand[2], again = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static void *takes_all(void *nothing)
{
    for (int i = 0; i < MANY; i++)
        must_be_zero(pthread_mutex_lock(&many[i]), "lock"); /* leak:taken */
    return nothing;
}

static void *goes_along(void *nothing)
{
    must_be_zero(pthread_mutex_lock(&hand[0]), "lock");
    for (int i = 1; i < TURNS; i++) {
        must_be_zero(pthread_mutex_lock(&hand[i % 2]), "lock");
        must_be_zero(pthread_mutex_unlock(&hand[(i + 1) % 2]), "unlock");
    }
    must_be_zero(pthread_mutex_unlock(&hand[(TURNS + 1) % 2]), "unlock");
    return nothing;
}

static void *takes_again(void *nothing)
{
    static pthread_mutex_t others[137];
    must_be_zero(pthread_mutex_lock(&again), "lock");
    for (int i = 1; i < 137; i++)
        must_be_zero(pthread_mutex_lock(&others[i]), "lock");
    for (int i = 0; i < 100; i++)
        must_be_zero(pthread_mutex_lock(&again), "lock");
    for (int i = 0; i < 100; i++)
        must_be_zero(pthread_mutex_unlock(&again), "unlock");
    for (int i = 1; i < 137; i++)
        must_be_zero(pthread_mutex_unlock(&others[i]), "unlock");
    must_be_zero(pthread_mutex_unlock(&again), "unlock");
    return nothing;
}

int main(void)
{
    for (int i = 0; i < MANY; i++)
        must_be_zero(pthread_mutex_init(&many[i], NULL), "init");
    join(start(goes_along, NULL));
    join(start(takes_again, NULL));
    join(start(takes_all, NULL));
    return 0;
}
