/* Keys for thread-specific data are few, and the program's: it has all of them, whatever it opens, and must be able to
 * make threads that open when none is left.
 *
 * expect: fd-leak count=2 call=open function=forget line=forget type=file
 */
#include "program.h"

#include <pthread.h>

static void forget(void)
{
    must(open("/dev/null", O_RDONLY), "open"); /* leak:forget */
}

static void *work(void *unused)
{
    forget();
    return unused;
}

int main(void)
{
    pthread_key_t key;
    pthread_t thread;
    int count = 0;
    forget();
    while (pthread_key_create(&key, NULL) == 0)
        count++;
    printf("%d keys\n", count);
    must(-pthread_create(&thread, NULL, work, NULL), "pthread_create");
    must(-pthread_join(thread, NULL), "pthread_join");
    puts("done");
    return 0;
}
