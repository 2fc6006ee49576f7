/* Two tellers move money between the same two accounts, each the other way round, and hang; then the process is killed, and
 * what it was at stands in its ledger.
 *
 * expect: deadlock count=1 findings=1 call=pthread_mutex_lock function=transfer class=lock type=mutex level=error members=4
 *         ways=transfer|teller
 * expect-text: error: 2 threads wait for each other at * in transfer *
 * expect-text:   thread * "teller-*" *wait* for the mutex that thread * "teller-*" holds at * in transfer *
 * expect-text:   thread * "teller-*" h*the mutex that thread * "teller-*" waits for, taken at * in transfer *
 * expect-signal: KILL
 */
#include "program.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

#include "locks.h"

struct account {
    pthread_mutex_t mutex;
    long balance;
};
static struct account savings = {.mutex = PTHREAD_MUTEX_INITIALIZER, .balance = 70},
                      wages = {.mutex = PTHREAD_MUTEX_INITIALIZER, .balance = 30};
static pthread_barrier_t at_once;

static void transfer(struct account *from, struct account *to, long amount)
{
    pthread_mutex_lock(&from->mutex);
    pthread_barrier_wait(&at_once);
    pthread_mutex_lock(&to->mutex);
    from->balance -= amount;
    to->balance += amount;
    pthread_mutex_unlock(&to->mutex);
    pthread_mutex_unlock(&from->mutex);
}

static void *teller(void *own)
{
    bool is_first = own == &savings;
    pthread_setname_np(pthread_self(), is_first ? "teller-1" : "teller-2");
    transfer(own, is_first ? &wages : &savings, 5);
    return NULL;
}

int main(void)
{
    must_be_zero(pthread_barrier_init(&at_once, NULL, 2), "pthread_barrier_init");
    start(teller, &savings);
    start(teller, &wages);
    until_awaited(&savings.mutex);
    until_awaited(&wages.mutex);
    usleep(20000);
    return kill(getpid(), SIGKILL);
}
