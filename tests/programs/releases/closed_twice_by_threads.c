/* A worker puts its file back twice. In between another thread was given the number for its log, which the second close
 * closes: the log's own close then fails. Three times.
 *
 * expect: double-close count=3 call=close type=file function=work released=put_back first=put_back victim=keep_log
 *         later=thread\ *\ had\ got\ the\ number\ in\ between*
 * allow: double-close call=close function=keep_log
 */
#include "program.h"

#include <pthread.h>

enum { ROUNDS = 3, USUAL = 5 };

static pthread_barrier_t turn;

static void take_turns(int count)
{
    while (count-- > 0)
        pthread_barrier_wait(&turn);
}

static void __attribute__((noinline)) put_back(int fd)
{
    if (close(fd) != 0)
        puts("the number was not open");
}

/* A list of what is to be put back, in which the last one stands twice; in between the other thread has its turn. */
static void *work(void *unused)
{
    for (int round = 0; round <= ROUNDS; round++) {
        int list[USUAL + 1];
        for (int i = 0; i < USUAL; i++)
            list[i] = must(open("work.txt", O_RDWR | O_CREAT, 0600), "open");
        list[USUAL] = list[0];
        for (volatile int i = 0; i < (round == 0 ? USUAL : USUAL + 1); i++) {
            if (i == USUAL)
                take_turns(2);
            put_back(list[i]);
        }
        take_turns(round == 0 ? 4 : 2);
    }
    return unused;
}

/* In the first round nobody disturbs. */
static void __attribute__((noinline)) keep_log(void)
{
    int fd = must(open("log.txt", O_RDWR | O_CREAT, 0600), "open");
    take_turns(2);
    if (close(fd) == 0)
        puts("the log was still open");
    take_turns(1);
}

int main(void)
{
    pthread_t worker;
    pthread_barrier_init(&turn, NULL, 2);
    must(-pthread_create(&worker, NULL, work, NULL), "pthread_create");
    for (volatile int round = 0; round <= ROUNDS; round++) {
        take_turns(1);
        keep_log();
    }
    pthread_join(worker, NULL);
    pthread_barrier_destroy(&turn);
    return 0;
}
