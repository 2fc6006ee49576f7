/* Handlers that begin and end scopes, and open and close inside them, while the scopes of the thread below are being begun,
 * ended and handed over: a storm of alarms for a second. What the thread leaves on purpose is all that is left.
 *
 * expect: scope-leak count=7 call=open line=kept scope=work left=7 most=1 late=0
 * expect: scope-leak count=3 call=open line=handed scope=holder left=1
 */
#include "scopes.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <time.h>

static atomic_int handled;

static void on_alarm(int number)
{
    int error = errno;
    (void)number;
    LEAKWATCH_SCOPE("handler") {
        leakwatch_scope_t inner = leakwatch_scope_begin("inner");
        must(close(open("/dev/null", O_RDONLY | O_CLOEXEC)), "close");
        leakwatch_scope_fail(inner, "in a handler");
        leakwatch_scope_end(inner);
        leakwatch_open_count();
    }
    atomic_fetch_add(&handled, 1);
    errno = error;
}

static void work(int keep)
{
    LEAKWATCH_SCOPE("work") {
        LEAKWATCH_SCOPE("step") {
            must(close(open_null()), "close");
        }
        if (keep)
            open_work("kept.txt"); /* leak:kept */
    }
}

static void carry(leakwatch_scope_t holder, int hand)
{
    leakwatch_scope_t carried = leakwatch_scope_detach(leakwatch_scope_begin("carried"));
    must(leakwatch_scope_attach(carried), "attach");
    int fd = open_work("handed.txt"); /* leak:handed */
    if (hand)
        must(leakwatch_hand_over(LEAKWATCH_FD(fd), holder), "hand over");
    else
        must(close(fd), "close");
    leakwatch_scope_end(carried);
}

int main(void)
{
    struct itimerval often = {{0, 150}, {0, 150}}, never = {{0, 0}, {0, 0}};
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    leakwatch_scope_t holder = leakwatch_scope_detach(leakwatch_scope_begin("holder"));
    must(sigaction(SIGALRM, &action, NULL), "sigaction");
    must(setitimer(ITIMER_REAL, &often, NULL), "setitimer");
    time_t end = time(NULL) + 2;
    for (long round = 0; time(NULL) < end || round < 4000; round++) {
        work(round % 500 == 7 && round / 500 < 7);
        carry(holder, round % 1000 == 13 && round / 1000 < 3);
    }
    must(setitimer(ITIMER_REAL, &never, NULL), "setitimer");
    leakwatch_scope_end(holder);
    puts(atomic_load(&handled) > 100 ? "a storm" : "a calm");
    return 0;
}
