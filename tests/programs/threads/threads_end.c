/* Threads that end holding what they opened: the leak outlives them.
 *
 * expect: fd-leak count=7 call=open function=work line=work type=file
 * expect: fd-leak count=3 call=pipe function=work_detached type=pipe
 */
#include "program.h"

#include <pthread.h>
#include <semaphore.h>

static sem_t done;

static void *work(void *nothing)
{
    for (int i = 0; i < 50; i++)
        must(close(open("work.txt", O_RDWR | O_CREAT, 0600)), "close");
    must(open("work.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:work */
    return nothing;
}

static void *work_detached(void *nothing)
{
    int ends[2];
    must(pipe(ends), "pipe");
    must(close(ends[1]), "close");
    sem_post(&done);
    return nothing;
}

int main(void)
{
    pthread_t workers[7], detached;
    sem_init(&done, 0, 0);
    for (size_t i = 0; i < COUNT(workers); i++)
        must(-pthread_create(&workers[i], NULL, work, NULL), "pthread_create");
    for (size_t i = 0; i < COUNT(workers); i++)
        must(-pthread_join(workers[i], NULL), "pthread_join");
    for (int i = 0; i < 3; i++) {
        must(-pthread_create(&detached, NULL, work_detached, NULL), "pthread_create");
        must(-pthread_detach(detached), "pthread_detach");
        sem_wait(&done);
    }
    puts("all have ended");
    return 0;
}
