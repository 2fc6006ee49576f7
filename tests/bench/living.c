/* Processes that live, each with a ledger of its own: living COUNT [HELD] starts so many, each of which holds so many
 * descriptors, and says "ready". With each line that it gets all of them open and close something, and it says "done";
 * until its input ends, and with it all of them. */
#include "driver.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* As a server at the beginning: one that listens, and files. */
static void settle_down(long held)
{
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(listening >= 0 && listen(listening, 8) == 0, "socket");
    must(epoll_create1(EPOLL_CLOEXEC) >= 0, "epoll_create1");
    for (long i = 0; i < held; i++)
        must(open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0, "/dev/null");
}

static void work(void)
{
    int ends[2];
    FILE *file = fopen("/etc/hosts", "re");
    must(file != NULL, "/etc/hosts");
    must(pipe2(ends, O_CLOEXEC) == 0, "pipe2");
    close(ends[0]);
    close(ends[1]);
    fclose(file);
}

static _Noreturn void live(long held, const sigset_t *signals, int done)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    settle_down(held);
    for (int signal_number;;) {
        work();
        must(write(done, "", 1) == 1, "write");
        sigwait(signals, &signal_number);
    }
}

static void wait_for_all(int done, long count, const char *word)
{
    char bytes[4096];
    while (count > 0) {
        ssize_t got = read(done, bytes, sizeof bytes);
        must(got > 0, "read");
        count -= got;
    }
    puts(word);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    long count = number_argument(argc, argv, 1, 10), held = number_argument(argc, argv, 2, 6);
    pid_t *pids = calloc((size_t)count, sizeof *pids);
    sigset_t signals;
    int done[2];
    char line[16];
    must(pids != NULL && pipe2(done, O_CLOEXEC) == 0, "pipe2");
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    for (long i = 0; i < count; i++) {
        pids[i] = fork();
        must(pids[i] >= 0, "fork");
        if (pids[i] == 0)
            live(held, &signals, done[1]);
    }
    close(done[1]);
    wait_for_all(done[0], count, "ready");
    while (fgets(line, sizeof line, stdin) != NULL) {
        for (long i = 0; i < count; i++)
            kill(pids[i], SIGUSR1);
        wait_for_all(done[0], count, "done");
    }
    for (long i = 0; i < count; i++)
        kill(pids[i], SIGKILL);
    free(pids);
    return 0;
}
