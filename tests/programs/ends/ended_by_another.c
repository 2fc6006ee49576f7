/* The main thread opens and closes all the time when another one ends the process: what it has open then is in flight. What
 * the one that ends it forgot is a leak, though it acquired nothing after that.
 *
 * expect: fd-leak count=1 level=error call=open function=forget line=forget detail=settings.txt
 * allow: fd-leak level=note function=work
 * allow: untracked-fd
 */
#include "program.h"

#include <pthread.h>
#include <stdatomic.h>

enum { ROUNDS = 100 };

static atomic_int worked;

static int forget(void)
{
    return must(open("settings.txt", O_RDONLY | O_CREAT, 0600), "open"); /* leak:forget */
}

static void *end_it(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        int fd = forget();
        if (i + 1 < ROUNDS)
            must(close(fd), "close");
    }
    while (worked < ROUNDS)
        usleep(100);
    exit(0);
}

static void work(void)
{
    for (;;) {
        int fd = open("work.txt", O_RDONLY | O_CREAT, 0600);
        usleep(200); /* so it has one open nearly always */
        close(fd);
        worked++;
    }
}

int main(void)
{
    pthread_t thread;
    must(-pthread_create(&thread, NULL, end_it, NULL), "pthread_create");
    work();
    return 0;
}
