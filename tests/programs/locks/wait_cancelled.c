/* More threads than there is room for waits are cancelled while they wait for a lock on a file: they end as cancelled threads
 * do, hold and await nothing from then on, and locks that are taken after all of them are still known. flock goes on waiting
 * until it is interrupted where it stands.
 *
 * expect: fd-leak count=1 call=open line=last level=error
 * expect-text:   with an exclusive lock on it
 * expect-text:   with an exclusive lock on bytes 0 to 9 on it
 */
#include "program.h"

#include <pthread.h>
#include <sys/file.h>
#include <unistd.h>

#include "locks.h"

enum { ROUNDS = 1100 };
static int taken, cleaned;

static void clean(void *nothing)
{
    (void)nothing;
    cleaned++;
}

/* The cancellation acts where the wait begins. */
static void *waits(void *number)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = *(int *)number;
    pthread_cleanup_push(clean, NULL);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    pthread_cancel(pthread_self());
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    if (cleaned % 2)
        fcntl(fd, F_OFD_SETLKW, &all);
    else
        lockf(fd, F_LOCK, 0);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *waits_for_all(void *number)
{
    pthread_cleanup_push(clean, NULL);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    __atomic_store_n(&taken, 1, __ATOMIC_RELEASE);
    flock(*(int *)number, LOCK_EX);
    pthread_cleanup_pop(0);
    return NULL;
}

static void ends_cancelled(pthread_t thread)
{
    void *result = NULL;
    must_be_zero(pthread_join(thread, &result), "pthread_join");
    if (result != PTHREAD_CANCELED)
        exit(98);
}

int main(void)
{
    int holder = must(open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open");
    int fd = must(open("file", O_RDWR | O_CLOEXEC), "open");
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    must(fcntl(holder, F_OFD_SETLK, &all), "fcntl");
    for (int i = 0; i < ROUNDS; i++)
        ends_cancelled(start(waits, &fd));
    must(flock(holder, LOCK_EX), "flock");
    pthread_t waiting = start(waits_for_all, &fd);
    while (!__atomic_load_n(&taken, __ATOMIC_ACQUIRE))
        usleep(1000);
    usleep(50000); /* it waits by now; where it does not yet, it is cancelled all the same */
    must_be_zero(pthread_cancel(waiting), "pthread_cancel");
    ends_cancelled(waiting);
    if (cleaned != ROUNDS + 1)
        exit(97);
    close(fd);
    close(holder);
    int last = must(dup(0), "dup");
    for (int i = 0; i < 3; i++) {
        close(last);
        last = must(open("last", O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open"); /* leak:last */
    }
    must(flock(last, LOCK_EX | LOCK_NB), "flock");
    all.l_len = 10;
    must(fcntl(last, F_SETLK, &all), "fcntl");
    return 0;
}
