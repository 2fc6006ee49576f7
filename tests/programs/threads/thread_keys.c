/* Keys for thread-specific data are few, and the program's: it has all of them, whatever it opens and in how many threads,
 * and must be able to make threads that open when none is left. What threads keep under a key that became the program's is
 * none of its own values.
 *
 * expect: fd-leak count=6 call=open function=forget line=forget type=file
 */
#include "program.h"

#include <limits.h>
#include <pthread.h>
#include <threads.h>

static pthread_key_t keys[PTHREAD_KEYS_MAX];
static pthread_barrier_t meeting;
static int strangers; /* values in destructors that nobody has set */

static void forget(void)
{
    must(open("/dev/null", O_RDONLY), "open"); /* leak:forget */
}

static void count_stranger(void *value)
{
    (void)value;
    __atomic_fetch_add(&strangers, 1, __ATOMIC_RELAXED);
}

static void *work(void *unused)
{
    forget();
    return unused;
}

static void *work_and_wait(void *unused)
{
    forget();
    pthread_barrier_wait(&meeting);
    pthread_barrier_wait(&meeting);
    return unused;
}

static int make_all(void)
{
    int count = 0;
    while (count < PTHREAD_KEYS_MAX && pthread_key_create(&keys[count], count_stranger) == 0)
        count++;
    return count;
}

static int make_all_c11(void)
{
    int count = 0;
    while (count < PTHREAD_KEYS_MAX && tss_create(&keys[count], count_stranger) == thrd_success)
        count++;
    return count;
}

static void delete_all(int count)
{
    while (count > 0)
        must(-pthread_key_delete(keys[--count]), "pthread_key_delete");
}

static void run(void)
{
    pthread_t thread;
    must(-pthread_create(&thread, NULL, work, NULL), "pthread_create");
    must(-pthread_join(thread, NULL), "pthread_join");
}

/* The last key is asked for by one of the two functions, while a thread that has opened something is alive. */
static void have_all(int (*make)(void))
{
    pthread_t waiter;
    int alone = make();
    delete_all(alone);
    pthread_barrier_init(&meeting, NULL, 2);
    must(-pthread_create(&waiter, NULL, work_and_wait, NULL), "pthread_create");
    pthread_barrier_wait(&meeting);
    int together = make();
    pthread_barrier_wait(&meeting);
    must(-pthread_join(waiter, NULL), "pthread_join");
    run();
    delete_all(together);
    printf("%d keys alone, %d with threads, %d strangers\n", alone, together, strangers);
    if (alone != together || strangers != 0)
        abort();
}

int main(void)
{
    pid_t child = must(fork(), "fork");
    if (child == 0) { /* there is but one key to give in a process */
        have_all(make_all_c11);
        return 0;
    }
    int status;
    must(waitpid(child, &status, 0), "waitpid");
    if (status != 0)
        abort();
    forget();
    have_all(make_all);
    run();
    puts("done");
    return 0;
}
