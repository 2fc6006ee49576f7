/* Threads that are cancelled, or that call pthread_exit, inside scopes; built with -fexceptions, so that their blocks are
 * left like any other: nothing is unbalanced. What they forget on that way is left by the scope.
 *
 * expect: scope-leak count=3 call=open line=cancelled scope="job > wait" ended=7 left=3 left_failed=3 level=error
 *         only_when_failed=false reason=about?to?wait
 * expect: scope-leak count=2 call=open line=exits scope=last_words ended=5 left=2
 * expect-scope: path=job entered=7 ended=7 failed=0 left=0
 * expect-scope: path="job > wait" entered=7 ended=7 failed=7 left=3
 */
#include "scopes.h"

#include <pthread.h>
#include <semaphore.h>

static sem_t waiting;
static int silent[2];

static void close_file(void *number)
{
    must(close(*(int *)number), "close");
}

static void *wait_forever(void *number)
{
    LEAKWATCH_SCOPE("job") {
        LEAKWATCH_SCOPE("wait") {
            char byte;
            int fd = open_work("wait.txt"); /* leak:cancelled */
            leakwatch_scope_fail(NULL, "about to wait");
            sem_post(&waiting);
            if (*(int *)number % 2 == 1) {
                must((int)read(silent[0], &byte, 1), "read");
                return NULL;
            }
            pthread_cleanup_push(close_file, &fd);
            must((int)read(silent[0], &byte, 1), "read");
            pthread_cleanup_pop(0);
        }
    }
    return NULL;
}

static void *say_last_words(void *number)
{
    LEAKWATCH_SCOPE("last_words") {
        int fd = open_work("words.txt"); /* leak:exits */
        if (*(int *)number % 2 == 0)
            must(close(fd), "close");
        pthread_exit(number);
    }
    return NULL;
}

int main(void)
{
    int numbers[7] = {0, 1, 2, 3, 4, 5, 6}, cancelled = 0;
    pthread_t thread;
    sem_init(&waiting, 0, 0);
    must(pipe(silent), "pipe");
    for (int i = 0; i < 7; i++) {
        void *result = NULL;
        must(-pthread_create(&thread, NULL, wait_forever, &numbers[i]), "pthread_create");
        sem_wait(&waiting);
        must(-pthread_cancel(thread), "pthread_cancel");
        must(-pthread_join(thread, &result), "pthread_join");
        cancelled += result == PTHREAD_CANCELED;
    }
    for (int i = 0; i < 5; i++) {
        must(-pthread_create(&thread, NULL, say_last_words, &numbers[i]), "pthread_create");
        must(-pthread_join(thread, NULL), "pthread_join");
    }
    must(close(silent[0]), "close");
    must(close(silent[1]), "close");
    printf("%d cancelled\n", cancelled);
    return 0;
}
