/* Threads with the smallest stack that there is: what leakwatch needs must fit, too.
 *
 * expect: fd-leak count=5 call=open function=work line=work type=file
 */
#include "program.h"

#include <limits.h>
#include <pthread.h>

static void *work(void *nothing)
{
    for (int i = 0; i < 20; i++)
        must(close(open("small.txt", O_RDWR | O_CREAT, 0600)), "close");
    must(open("small.txt", O_RDONLY), "open"); /* leak:work */
    return nothing;
}

int main(void)
{
    pthread_attr_t small;
    pthread_attr_init(&small);
    must(-pthread_attr_setstacksize(&small, (size_t)PTHREAD_STACK_MIN), "pthread_attr_setstacksize");
    for (int i = 0; i < 5; i++) {
        pthread_t thread;
        must(-pthread_create(&thread, &small, work, NULL), "pthread_create");
        must(-pthread_join(thread, NULL), "pthread_join");
    }
    pthread_attr_destroy(&small);
    puts("all have ended");
    return 0;
}
