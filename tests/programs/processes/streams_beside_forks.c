/* Threads open and close streams while others fork: streams and children share a table, whose slots change hands as soon as
 * they are free. No stream may be lost from it.
 */
#include "program.h"

#include <pthread.h>
#include <stdatomic.h>

enum { READERS = 6, PARENTS = 3, CHILDREN = 60, ROUNDS = 4 };

static atomic_int parents;

static void *read_on(void *unused)
{
    while (parents > 0)
        must(fclose(must_have(fopen("work.txt", "r"), "fopen")), "fclose");
    return unused;
}

static void *have_children(void *unused)
{
    for (int i = 0; i < CHILDREN; i++) {
        pid_t child = must(fork(), "fork");
        if (child == 0)
            _exit(0);
        end_of(child);
    }
    parents--;
    return unused;
}

int main(void)
{
    pthread_t threads[READERS + PARENTS];
    must(close(must(open("work.txt", O_RDWR | O_CREAT, 0600), "open")), "close");
    for (int round = 0; round < ROUNDS; round++) {
        parents = PARENTS;
        for (int i = 0; i < READERS + PARENTS; i++)
            must(-pthread_create(&threads[i], NULL, i < READERS ? read_on : have_children, NULL), "pthread_create");
        for (int i = 0; i < READERS + PARENTS; i++)
            must(-pthread_join(threads[i], NULL), "pthread_join");
    }
    return 0;
}
