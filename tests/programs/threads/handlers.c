/* Signal handlers that open: called by raise, and by a timer in the middle of anything that the program does.
 * The timer is wound anew by its handler: however slow that is, the program comes on between two ticks, and to an end.
 *
 * expect: fd-leak count=5 call=open function=on_user_signal line=handler type=file
 * expect: fd-leak count=1 call=open function=forget type=file
 */
#include "program.h"

#include <signal.h>
#include <sys/time.h>

#define TICKS 500

static volatile sig_atomic_t ticks;

static void on_user_signal(int number)
{
    (void)number;
    int saved = errno;
    if (open("signal.txt", O_RDONLY) < 0) /* leak:handler */
        _exit(97);
    errno = saved;
}

static void wind_timer(void)
{
    if (setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {0, 200}}, NULL) != 0)
        _exit(95);
}

static void on_tick(int number)
{
    (void)number;
    int saved = errno, fd = open("signal.txt", O_RDONLY);
    if (fd < 0 || close(fd) != 0)
        _exit(96);
    if (++ticks < TICKS)
        wind_timer();
    errno = saved;
}

static int forget(void)
{
    return must(open("signal.txt", O_RDONLY), "open");
}

/* Every one of these calls may be interrupted between any two of its instructions. */
static void be_interrupted(void)
{
    wind_timer();
    while (ticks < TICKS) {
        FILE *stream = must_have(fopen("signal.txt", "r"), "fopen");
        must(close(forget()), "close");
        must(fclose(stream), "fclose");
        errno = 0;
        if (open("no/such/file", O_RDONLY) >= 0 || errno != ENOENT)
            puts("errno was changed by a signal handler's hook");
    }
}

int main(void)
{
    must(close(creat("signal.txt", 0600)), "creat");
    struct sigaction on_alarm = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
    struct sigaction on_user = {.sa_handler = on_user_signal};
    must(sigaction(SIGALRM, &on_alarm, NULL), "sigaction");
    must(sigaction(SIGUSR1, &on_user, NULL), "sigaction");
    be_interrupted();
    for (int i = 0; i < 5; i++)
        must(raise(SIGUSR1), "raise");
    forget();
    puts("still here");
    return 0;
}
