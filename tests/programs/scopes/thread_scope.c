/* A thread that ends holding something which another one closes 30 ms later: a note, named by its start routine. What
 * nobody closes is the process's leak, once.
 *
 * expect: scope-leak count=1 level=note call=open function=worker line=closed scope=thread?worker late=1
 *         delay=0.02..20
 * expect: fd-leak count=1 level=warning call=open function=worker line=kept
 * expect-scope: path=thread?worker kind=thread entered=1 ended=1 left=1
 */
#include "program.h"

#include <pthread.h>

#include "leakwatch/leakwatch.h"

static void *worker(void *number)
{
    *(int *)number = must(open("/dev/null", O_RDONLY), "open"); /* leak:closed */
    must(open("/dev/null", O_RDONLY), "open");                  /* leak:kept */
    return NULL;
}

int main(void)
{
    pthread_t thread;
    int number = -1;
    pthread_create(&thread, NULL, worker, &number);
    pthread_join(thread, NULL);
    usleep(30000);
    must(close(number), "close");
    return 0;
}
