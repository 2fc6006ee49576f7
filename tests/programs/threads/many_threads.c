/* Sixty-four threads open and close as fast as they can, some of what one opened is closed by another, and twenty-three
 * descriptors are forgotten on the way.
 *
 * expect: fd-leak count=23 function=forget line=forget type=file
 */
#include "program.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 64, ROUNDS = 300, FORGETFUL = 23 };

static _Atomic int handed_over = -1;

static void forget(void)
{
    must(open("busy.txt", O_RDONLY), "open"); /* leak:forget */
}

static void *work(void *number)
{
    for (int i = 0; i < ROUNDS; i++) {
        int mine = must(open("busy.txt", O_RDONLY | O_CLOEXEC), "open");
        int theirs = atomic_exchange(&handed_over, mine);
        if (theirs >= 0)
            must(close(theirs), "close");
    }
    if (*(int *)number < FORGETFUL)
        forget();
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    int numbers[THREADS];
    must(close(creat("busy.txt", 0600)), "creat");
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        must(-pthread_create(&threads[i], NULL, work, &numbers[i]), "pthread_create");
    }
    for (int i = 0; i < THREADS; i++)
        must(-pthread_join(threads[i], NULL), "pthread_join");
    must(close(handed_over), "close");
    puts("all have ended");
    return 0;
}
