/* Threads open and close all the time when the main thread ends the process: what they have open then is in flight. What
 * one of them forgot before is a leak, though only 3 of thousands were.
 *
 * expect: fd-leak count=3 level=error call=open function=forget line=forget detail=settings.txt
 * allow: fd-leak level=note function=work
 * allow: untracked-fd
 */
#include "program.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { THREADS = 4, ROUNDS = 1000 };

static atomic_int worked[THREADS];
static atomic_bool forgot;

static void open_and_close(void)
{
    close(open("work.txt", O_RDONLY));
}

static void *work(void *rounds)
{
    for (;;) {
        open_and_close();
        atomic_fetch_add((atomic_int *)rounds, 1);
    }
    return NULL;
}

static int forget(void)
{
    return must(open("settings.txt", O_RDONLY), "open"); /* leak:forget */
}

/* It goes on for longer than the tick of times after what it forgets. */
static void *work_and_forget(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        int fd = forget();
        if (i == 300 || i == 301 || i == 500)
            usleep(20000);
        else
            close(fd);
    }
    forgot = true;
    pause();
    return NULL;
}

int main(void)
{
    pthread_t thread;
    close(must(open("work.txt", O_RDWR | O_CREAT, 0600), "open"));
    close(must(open("settings.txt", O_RDWR | O_CREAT, 0600), "open"));
    for (int i = 0; i < THREADS; i++)
        must(pthread_create(&thread, NULL, work, &worked[i]), "pthread_create");
    must(pthread_create(&thread, NULL, work_and_forget, NULL), "pthread_create");
    for (int i = 0; i < THREADS; i++)
        while (worked[i] < ROUNDS || !forgot)
            usleep(1000);
    usleep(250000); /* long enough for times to tell */
    _exit(0);
}
