/* Things that go back and forth between scopes, a hundred thousand times: to an inner scope and back, and to the scope of
 * another thread that never looks. Memory does not grow, and each of them is held by one scope at the end.
 *
 * expect: scope-leak count=7 call=open line=passed scope=pool ended=1 left=1 most=7
 * expect: scope-leak count=600 call=fmemopen function=give_streams scope=keeper ended=1 left=1 most=600
 * expect-scope: path="pool > request" entered=100000 ended=100000 left=0
 * expect-scope: path=keeper entered=1 ended=1 left=1
 */
#include "growth.h"
#include "scopes.h"

#include <pthread.h>
#include <semaphore.h>

enum {
    FILES = 7,
    STREAMS = 600,
    FEW = 1000,
    ROUNDS = 100000,
    MOST_GROWTH = 64 /* KiB: 8 bytes a round would be 773 */
};

static int files[FILES];
static leakwatch_scope_t keeper;
static sem_t begun, handed;

static void *keep(void *nothing)
{
    keeper = leakwatch_scope_begin("keeper");
    sem_post(&begun);
    sem_wait(&handed);
    says((long)leakwatch_scope_end(keeper), STREAMS, "what the keeper leaves");
    return nothing;
}

static void borrow(int fd)
{
    LEAKWATCH_SCOPE("request") {
        must(leakwatch_hand_over(LEAKWATCH_FD(fd), NULL), "hand over");
        must(leakwatch_hand_over(LEAKWATCH_FD(fd), LEAKWATCH_OUTER), "hand over");
    }
}

static void pass(leakwatch_scope_t pool, int rounds)
{
    for (int round = 0; round < rounds; round++) {
        int fd = files[round % FILES];
        borrow(fd);
        must(leakwatch_hand_over(LEAKWATCH_FD(fd), keeper), "hand over");
        must(leakwatch_hand_over(LEAKWATCH_FD(fd), pool), "hand over");
    }
}

/* More of them than a page has room for. */
static void give_streams(void)
{
    static char text[16];
    for (int i = 0; i < STREAMS; i++) {
        FILE *stream = must_have(fmemopen(text, sizeof text, "r"), "fmemopen");
        must(leakwatch_hand_over(LEAKWATCH_STREAM(stream), keeper), "hand over");
    }
}

int main(void)
{
    pthread_t thread;
    sem_init(&begun, 0, 0);
    sem_init(&handed, 0, 0);
    must(-pthread_create(&thread, NULL, keep, NULL), "pthread_create");
    sem_wait(&begun);
    leakwatch_scope_t pool = leakwatch_scope_begin("pool");
    for (int i = 0; i < FILES; i++)
        files[i] = open_work("passed.txt"); /* leak:passed */
    pass(pool, FEW);
    long before = taken_kilobytes();
    pass(pool, ROUNDS - FEW);
    must_not_have_grown(before, MOST_GROWTH);
    give_streams();
    sem_post(&handed);
    must(-pthread_join(thread, NULL), "pthread_join");
    says((long)leakwatch_scope_end(pool), FILES, "what the pool leaves");
    puts("passed");
    return 0;
}
