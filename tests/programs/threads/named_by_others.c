/* Threads that were named by prctl, by the system call itself, by another thread before and after they took their first lock,
 * and by the kernel's file leave a file open each, one after the other, so that each could have the board of the one
 * before. What was never named is told by no name. The last one is not joined, and is told by its name as well.
 *
 * expect: fd-leak count=7 findings=1 call=open function=work line=opened level=error
 * expect: thread-leak count=1 findings=1 call=pthread_create detail=nobody-joins
 * expect-text:     1 file in thread "by-prctl"
 * expect-text:     1 file in thread "by-call"
 * expect-text:     1 file in thread "by-first"
 * expect-text:     1 file in thread "by-first-late"
 * expect-text:     1 file in thread "by-file"
 * options: --full
 */
#include "program.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "alone.h"

enum way { BY_PRCTL, BY_CALL, BY_FIRST, BY_FIRST_LATE, BY_FILE, BY_NOBODY, NOBODY_JOINS };
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static atomic_int stage;

static void write_name(void)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/comm", (int)syscall(SYS_gettid));
    FILE *file = must_have(fopen(path, "w"), "fopen");
    fputs("by-file", file);
    must(fclose(file), "fclose");
}

static void lock_once(void)
{
    must(-pthread_mutex_lock(&mutex), "lock");
    must(-pthread_mutex_unlock(&mutex), "unlock");
}

static void meet(int when)
{
    while (stage != when)
        usleep(100);
}

static void *work(void *argument)
{
    enum way way = *(enum way *)argument;
    if (way == BY_PRCTL)
        must(prctl(PR_SET_NAME, "by-prctl", 0, 0, 0), "prctl");
    if (way == BY_CALL)
        must((int)syscall(SYS_prctl, PR_SET_NAME, "by-call", 0, 0, 0), "prctl");
    if (way == BY_FILE)
        write_name();
    if (way == NOBODY_JOINS)
        must(-pthread_setname_np(pthread_self(), "nobody-joins"), "pthread_setname_np");
    if (way == BY_FIRST_LATE)
        lock_once();
    stage = 1;
    meet(2);
    lock_once();
    must(open("/dev/null", O_RDONLY | O_CLOEXEC), "open"); /* leak:opened */
    return NULL;
}

static void run(enum way way)
{
    static enum way ways[NOBODY_JOINS + 1];
    pthread_t thread;
    ways[way] = way;
    stage = 0;
    must(-pthread_create(&thread, NULL, work, &ways[way]), "pthread_create");
    meet(1);
    if (way == BY_FIRST)
        must(-pthread_setname_np(thread, "by-first"), "pthread_setname_np");
    if (way == BY_FIRST_LATE)
        must(-pthread_setname_np(thread, "by-first-late"), "pthread_setname_np");
    stage = 2;
    if (way != NOBODY_JOINS)
        must(-pthread_join(thread, NULL), "pthread_join");
}

int main(void)
{
    for (enum way way = BY_PRCTL; way <= NOBODY_JOINS; way++)
        run(way);
    wait_until_alone();
    return 0;
}
