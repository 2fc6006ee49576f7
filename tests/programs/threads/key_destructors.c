/* Destructors of thread-specific data that open and close after everybody else's have run.
 *
 * expect: fd-leak count=3 call=open function=open_late line=late type=file
 */
#include "program.h"

#include <limits.h>
#include <pthread.h>

static pthread_key_t keys[8];

/* Runs in several rounds: the first ones set the value again. */
static void open_late(void *rounds)
{
    static _Thread_local int round;
    int fd = must(open("late.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:late */
    if (rounds != &keys[COUNT(keys) - 1] || ++round < PTHREAD_DESTRUCTOR_ITERATIONS)
        must(close(fd), "close");
    pthread_setspecific(keys[(pthread_key_t *)rounds - keys], rounds);
}

static void *work(void *nothing)
{
    for (size_t i = 0; i < COUNT(keys); i++)
        must(-pthread_setspecific(keys[i], &keys[i]), "pthread_setspecific");
    return nothing;
}

int main(void)
{
    for (size_t i = 0; i < COUNT(keys); i++)
        must(-pthread_key_create(&keys[i], open_late), "pthread_key_create");
    for (int i = 0; i < 3; i++) {
        pthread_t thread;
        must(-pthread_create(&thread, NULL, work, NULL), "pthread_create");
        must(-pthread_join(thread, NULL), "pthread_join");
    }
    puts("all have ended");
    return 0;
}
