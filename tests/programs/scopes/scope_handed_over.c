/* Things that change hands: to the scope around, to the process, to a detached scope, to another thread's scope. Only what
 * the last owner keeps is its leak.
 *
 * expect: scope-leak count=5 call=open function=open_input scope=job ended=50 left=5 most=1
 * expect: scope-leak count=3 call=open function=open_spool scope=session ended=1 left=1 most=3
 * expect: scope-leak count=13 call=open function=give scope=taker ended=1 left=1 most=13
 * expect: fd-leak count=3 call=socket function=pool_connect scope="request > connect" level=error
 * expect-scope: path="job > read_input" entered=50 ended=50 left=0
 * expect-scope: path="request > connect" entered=7 ended=7 left=0
 * expect-scope: path=spooler entered=1 left=0
 * expect-scope: path=giver entered=1 left=0
 */
#include "scopes.h"

#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>

/* ---- To the scope around ---- */

static int __attribute__((noinline)) open_input(void)
{
    int fd = -1;
    LEAKWATCH_SCOPE("read_input") {
        fd = open_work("input.txt");
        int scratch = open_null();
        must(leakwatch_hand_over(LEAKWATCH_FD(fd), LEAKWATCH_OUTER), "hand over");
        must(close(scratch), "close");
    }
    return fd;
}

static void run_jobs(void)
{
    for (int number = 0; number < 50; number++)
        LEAKWATCH_SCOPE("job") {
            int fd = open_input();
            if (number % 10 != 3)
                must(close(fd), "close");
        }
}

/* ---- To the process: a pool of connections ---- */

static int pool[8], pooled;

static int __attribute__((noinline)) pool_connect(void)
{
    int fd = -1;
    LEAKWATCH_SCOPE("connect") {
        fd = must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
        must(leakwatch_hand_over(LEAKWATCH_FD(fd), LEAKWATCH_PROCESS), "hand over");
    }
    return fd;
}

static void serve_requests(void)
{
    for (int number = 0; number < 40; number++)
        LEAKWATCH_SCOPE("request") {
            int fd = number < 7 ? pool_connect() : pool[--pooled];
            must(fcntl(fd, F_GETFD), "fcntl");
            pool[pooled++] = fd;
        }
    while (pooled > 3)
        must(close(pool[--pooled]), "close");
}

/* ---- To a scope that is detached ---- */

static int __attribute__((noinline)) open_spool(void)
{
    return open_work("spool.txt");
}

static void spool(void)
{
    leakwatch_scope_t session = leakwatch_scope_detach(leakwatch_scope_begin("session"));
    leakwatch_scope_t spooler = leakwatch_scope_begin("spooler");
    for (int i = 0; i < 10; i++) {
        int fd = open_spool();
        must(leakwatch_hand_over(LEAKWATCH_FD(fd), session), "hand over");
        if (i >= 3)
            must(close(fd), "close");
    }
    says((long)leakwatch_scope_end(spooler), 0, "what the spooler leaves");
    says((long)leakwatch_scope_end(session), 3, "what the session leaves");
    int late = open_null();
    says(leakwatch_hand_over(LEAKWATCH_FD(late), session), -1, "a hand-over to what has ended");
    says(leakwatch_hand_over(LEAKWATCH_FD(10000), LEAKWATCH_PROCESS), -1, "a hand-over of nothing");
    must(close(late), "close");
}

/* ---- To another thread's scope ---- */

static leakwatch_scope_t taker;
static sem_t begun, given;

static void *take(void *nothing)
{
    taker = leakwatch_scope_begin("taker");
    sem_post(&begun);
    sem_wait(&given);
    says((long)leakwatch_scope_end(taker), 13, "what the taker leaves");
    return nothing;
}

static void __attribute__((noinline)) give(void)
{
    leakwatch_scope_t giver = leakwatch_scope_begin("giver");
    for (int i = 0; i < 590; i++) {
        int fd = open_work("gift.txt");
        if (i % 46 != 1) {
            must(close(fd), "close");
            continue;
        }
        must(leakwatch_hand_over(LEAKWATCH_FD(fd), taker), "hand over");
    }
    says((long)leakwatch_scope_end(giver), 0, "what the giver leaves");
}

int main(void)
{
    pthread_t thread;
    run_jobs();
    serve_requests();
    spool();
    sem_init(&begun, 0, 0);
    sem_init(&given, 0, 0);
    must(-pthread_create(&thread, NULL, take, NULL), "pthread_create");
    sem_wait(&begun);
    give();
    sem_post(&given);
    must(-pthread_join(thread, NULL), "pthread_join");
    puts("handed over");
    return 0;
}
