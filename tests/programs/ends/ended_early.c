/* A short life: threads open and close all the time when the main thread ends the process a moment after they began. What
 * they have open then is in flight. What another forgot as its last before it ended is a leak, and so is what one forgot and
 * went on after, within one tick of the clock.
 *
 * expect: fd-leak count=1 level=error call=open function=forget_at_last line=last detail=settings.txt
 * expect: fd-leak count=2 level=error call=open function=forget_within line=within detail=other.txt
 * allow: fd-leak level=note function=work
 * allow: untracked-fd
 */
#include "program.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 4, ROUNDS = 100 };

static atomic_int worked[THREADS], forgot;

static void *work(void *rounds)
{
    for (;;) {
        int ends[2], fd = open("work.txt", O_RDONLY);
        must(pipe(ends), "pipe");
        usleep(200); /* so it has one open nearly always */
        close(fd);
        close(ends[0]);
        close(ends[1]);
        atomic_fetch_add((atomic_int *)rounds, 1);
    }
    return NULL;
}

static int forget_at_last(void)
{
    return must(open("settings.txt", O_RDONLY), "open"); /* leak:last */
}

static void *work_and_end(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        int fd = forget_at_last();
        if (i + 1 < ROUNDS)
            must(close(fd), "close");
    }
    return unused;
}

static int forget_within(void)
{
    return must(open("other.txt", O_RDONLY | O_CREAT, 0600), "open"); /* leak:within */
}

static void *work_and_wait(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        int fd = forget_within();
        if (i + 2 != ROUNDS && i + 3 != ROUNDS)
            must(close(fd), "close");
    }
    forgot = 1;
    pause();
    return unused;
}

int main(void)
{
    pthread_t thread, ends;
    close(must(open("work.txt", O_RDWR | O_CREAT, 0600), "open"));
    close(must(open("settings.txt", O_RDWR | O_CREAT, 0600), "open"));
    must(-pthread_create(&ends, NULL, work_and_end, NULL), "pthread_create");
    must(-pthread_join(ends, NULL), "pthread_join");
    must(-pthread_create(&thread, NULL, work_and_wait, NULL), "pthread_create");
    for (int i = 0; i < THREADS; i++)
        must(-pthread_create(&thread, NULL, work, &worked[i]), "pthread_create");
    for (int i = 0; i < THREADS; i++)
        while (worked[i] < ROUNDS || !forgot)
            usleep(100);
    return 0;
}
