/* Signals at arbitrary instructions of a thread that runs Python; the handler, C, opens and closes a file.
 *
 *   bursts_begin(how many) from the thread that is to be interrupted; bursts_end() waits for all and tells how many came. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

static pthread_t target, sender;
static volatile int wanted, came;

static void handle(int number)
{
    (void)number;
    int error = errno, fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    errno = error;
    came++;
}

static void *send(void *unused)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    for (int sent = 0; sent < wanted; sent++) {
        int before = came;
        pthread_kill(target, SIGPROF);
        while (came == before)
            sched_yield();
        for (volatile int pause = 0; pause < 500 + sent * 7919 % 4000; pause++)
            ;
    }
    return unused;
}

int bursts_begin(int count);
int bursts_begin(int count)
{
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    wanted = count;
    target = pthread_self();
    sigaction(SIGPROF, &action, NULL);
    return pthread_create(&sender, NULL, send, NULL);
}

int bursts_came(void);
int bursts_came(void)
{
    return came;
}

int bursts_end(void);
int bursts_end(void)
{
    pthread_join(sender, NULL);
    return came;
}
