/* The first thread ends by pthread_exit and still holds a mutex, as another one ends the process later: it is a thread that
 * has ended like any other. What it has given back is not held.
 *
 * expect: lock-held count=1 findings=1 call=pthread_mutex_lock function=keep_one line=taken class=lock type=mutex level=error
 *         threads=2 ways=waits
 * expect-text: error: 1 mutex held by a thread that has ended, taken by pthread_mutex_lock at *
 */
#include "program.h"

#include <signal.h>

#include "locks.h"

static pthread_mutex_t kept = PTHREAD_MUTEX_INITIALIZER, given_back = PTHREAD_MUTEX_INITIALIZER;

static void *waits(void *unused)
{
    must_be_zero(pthread_mutex_lock(&kept), "lock");
    return unused;
}

/* The kernel keeps the first thread of a process as a zombie until the others have ended. */
static void until_first_has_ended(void)
{
    char path[64], text[512], state = '?';
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", getpid());
    while (state != 'Z') {
        FILE *file = must_have(fopen(path, "r"), "fopen");
        must(fgets(text, sizeof text, file) ? 0 : -1, "fgets");
        must(fclose(file), "fclose");
        state = strrchr(text, ')')[2];
        usleep(1000);
    }
}

static void *ends_process(void *unused)
{
    until_first_has_ended();
    start(waits, NULL);
    until_awaited(&kept);
    exit(0);
    return unused;
}

static void keep_one(void)
{
    must_be_zero(pthread_mutex_lock(&given_back), "lock");
    must_be_zero(pthread_mutex_lock(&kept), "lock"); /* leak:taken */
    must_be_zero(pthread_mutex_unlock(&given_back), "unlock");
}

int main(void)
{
    keep_one();
    start(ends_process, NULL);
    pthread_exit(NULL);
}
