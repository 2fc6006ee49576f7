/* Children of fork that wait for what a thread of the parent held then: a helper thread, which is not in the child; the
 * thread that forked, and still holds it while it waits for the child. The helper has long given back its own when the
 * first child is killed, so nothing is known of where it took it. A child that makes such a mutex anew, one that gives back
 * what its own thread had, and one that only tries are as they should be; and
 * what a thread of the child itself has had is not the parent's.
 *
 * expect: deadlock count=1 findings=1 call=pthread_mutex_lock function=wants_helpers level=error members=1 type=mutex
 * expect: deadlock count=1 findings=1 call=pthread_mutex_lock function=wants_own level=error members=2 type=mutex
 *         ways=wants_own|holds_and_forks
 * expect: lock-held count=1 findings=1 function=ends_with_it level=error
 * expect: deadlock count=1 findings=1 call=pthread_rwlock_rdlock function=wants_table level=error members=1 type="read lock"
 * expect: deadlock count=1 findings=1 call=pthread_mutex_timedlock function=wants_for_a_while level=warning members=1
 * expect-text: error: a thread waits for a lock that was held at fork, by a thread of the parent at *
 */
#include "program.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>

#include "locks.h"

static pthread_mutex_t helpers = PTHREAD_MUTEX_INITIALIZER, own = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t ended = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t held, enough;

static void *helps(void *nothing)
{
    must_be_zero(pthread_mutex_lock(&helpers), "lock");
    must_be_zero(pthread_rwlock_wrlock(&table), "write lock");
    pthread_barrier_wait(&held);
    pthread_barrier_wait(&enough);
    must_be_zero(pthread_rwlock_unlock(&table), "unlock");
    must_be_zero(pthread_mutex_unlock(&helpers), "unlock");
    return nothing;
}

/* ---- Children that hang ---- */

static void wants_helpers(void)
{
    must_be_zero(pthread_mutex_lock(&helpers), "lock");
}

static void wants_own(void)
{
    must_be_zero(pthread_mutex_lock(&own), "lock");
}

static void wants_table(void)
{
    must_be_zero(pthread_rwlock_rdlock(&table), "read lock");
}

static void wants_for_a_while(void)
{
    struct timespec until;
    must(clock_gettime(CLOCK_REALTIME, &until), "clock_gettime");
    until.tv_sec += 3600;
    must_be_zero(pthread_mutex_timedlock(&helpers, &until), "lock");
}

static void *ends_with_it(void *nothing)
{
    must_be_zero(pthread_mutex_lock(&ended), "lock");
    return nothing;
}

static void wants_what_its_own_thread_had(void)
{
    join(start(ends_with_it, NULL));
    must_be_zero(pthread_mutex_lock(&ended), "lock");
}

/* It says that it is about to; then it sleeps for nothing else. */
static pid_t hanging(void (*waits)(void))
{
    int ready[2];
    must(pipe(ready), "pipe");
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        must((int)write(ready[1], "", 1), "write");
        must(close(ready[0]), "close");
        must(close(ready[1]), "close");
        waits();
        _exit(98);
    }
    char byte;
    must((int)read(ready[0], &byte, 1), "read");
    must(close(ready[0]), "close");
    must(close(ready[1]), "close");
    return child;
}

static bool sleeps(pid_t child)
{
    char path[64], state = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)child);
    FILE *stat = fopen(path, "r");
    if (!stat || fscanf(stat, "%*d %*s %c", &state) != 1)
        exit(96);
    fclose(stat);
    return state == 'S';
}

static void end(pid_t child)
{
    for (int seen = 0; seen < 20; seen = sleeps(child) ? seen + 1 : 0)
        usleep(5000);
    must(kill(child, SIGKILL), "kill");
    must(waitpid(child, NULL, 0), "waitpid");
}

/* ---- Children that do not ---- */

static void makes_anew(void)
{
    must_be_zero(pthread_mutex_init(&helpers, NULL), "initialise");
    must_be_zero(pthread_mutex_lock(&helpers), "lock");
    must_be_zero(pthread_mutex_unlock(&helpers), "unlock");
}

static void only_tries(void)
{
    if (pthread_mutex_trylock(&helpers) != EBUSY)
        _exit(95);
}

static void gives_back(void)
{
    must_be_zero(pthread_mutex_unlock(&own), "unlock");
    must_be_zero(pthread_mutex_lock(&own), "lock");
}

static void goes_well(void (*work)(void))
{
    printf("a child that goes on: %d\n", end_of(start_child(work)));
}

static void holds_and_forks(void)
{
    must_be_zero(pthread_mutex_lock(&own), "lock");
    goes_well(gives_back);
    end(hanging(wants_own));
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    pthread_barrier_init(&held, NULL, 2);
    pthread_barrier_init(&enough, NULL, 2);
    pthread_t helper = start(helps, NULL);
    pthread_barrier_wait(&held);
    pid_t children[] = {hanging(wants_helpers), hanging(wants_table), hanging(wants_for_a_while)};
    goes_well(makes_anew);
    goes_well(only_tries);
    pthread_barrier_wait(&enough);
    join(helper);
    for (size_t i = 0; i < sizeof children / sizeof *children; i++)
        end(children[i]);
    end(hanging(wants_what_its_own_thread_had));
    holds_and_forks();
    return 0;
}
