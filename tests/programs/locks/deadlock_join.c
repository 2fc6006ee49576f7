/* A thread joins another one and holds the mutex that this one needs to go on.
 *
 * expect: deadlock count=1 findings=1 level=error members=3 ways=main|worker|finish
 * expect-text: * thread * for thread * to end at *
 * expect-signal: KILL
 */
#include "program.h"

#include <signal.h>

#include "locks.h"

static pthread_mutex_t state = PTHREAD_MUTEX_INITIALIZER;

static void finish(void)
{
    must_be_zero(pthread_mutex_lock(&state), "lock");
    must_be_zero(pthread_mutex_unlock(&state), "unlock");
}

static void *worker(void *nothing)
{
    pthread_setname_np(pthread_self(), "worker");
    finish();
    return nothing;
}

/* It looks on, and kills once the joining thread sleeps. */
static void *watcher(void *nothing)
{
    char line[4096];
    until_awaited(&state);
    do {
        FILE *file = must_have(fopen("/proc/self/stat", "re"), "fopen");
        must_have(fgets(line, sizeof line, file), "fgets");
        fclose(file);
        usleep(50000);
    } while (strstr(line, ") S ") == NULL);
    kill(getpid(), SIGKILL);
    return nothing;
}

int main(void)
{
    must_be_zero(pthread_mutex_lock(&state), "lock");
    start(watcher, NULL);
    join(start(worker, NULL));
    return 0;
}
