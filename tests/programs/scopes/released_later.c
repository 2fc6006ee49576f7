/* What three requests leave is closed by another thread 40 ms after they ended; what a job leaves, by nobody.
 *
 * expect: scope-leak count=3 findings=1 call=open function=leave scope=request level=warning left=3 late=3
 *         late_call=close delay=0.03..20 only_when_failed=false
 * expect: scope-leak count=1 findings=1 call=open function=leave scope=job level=error left=1 late=0
 */
#include "program.h"

#include <pthread.h>

#include "leakwatch/leakwatch.h"

static int __attribute__((noinline)) leave(const char *scope)
{
    int fd = -1;
    LEAKWATCH_SCOPE(scope) {
        fd = must(open("/dev/null", O_RDONLY), "open");
    }
    return fd;
}

static void *close_later(void *numbers)
{
    usleep(40000);
    for (int i = 0; i < 3; i++)
        must(close(((int *)numbers)[i]), "close");
    return NULL;
}

int main(void)
{
    pthread_t thread;
    int numbers[3];
    for (int i = 0; i < 3; i++)
        numbers[i] = leave("request");
    leave("job");
    pthread_create(&thread, NULL, close_later, numbers);
    pthread_join(thread, NULL);
    return 0;
}
