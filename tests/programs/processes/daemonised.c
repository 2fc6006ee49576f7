/* Becomes a daemon the old way: forks twice, closes every number there is, opens /dev/null for the standard ones; then
 * writes a log of its own, into which nobody else must write, and forgets three descriptors. The standard ones are none.
 *
 * expect: fd-leak count=3 call=open function=forget line=forget detail=daemon.txt pids=1
 */
#include "program.h"

#include <sys/prctl.h>
#include <sys/stat.h>

static int forget(void)
{
    return must(open("daemon.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:forget */
}

static void detach(void)
{
    setsid();
    if (fork() != 0)
        _exit(0);
    for (int fd = 0; fd < 1024; fd++)
        close(fd);
    if (open("/dev/null", O_RDWR) != 0 || dup(0) != 1 || dup(0) != 2)
        _exit(98);
}

static void live_as_daemon(void)
{
    int log = must(open("daemon.log", O_RDWR | O_CREAT | O_TRUNC, 0600), "open");
    for (int i = 0; i < 100; i++)
        must(close(forget()), "close");
    for (int i = 0; i < 3; i++)
        forget();
    must((int)write(log, "ready\n", 6), "write");
    must(close(log), "close");
    exit(23);
}

/* Both generations are waited for here, so that the program's end is the daemon's end, too. */
int main(void)
{
    struct stat log;
    must(prctl(PR_SET_CHILD_SUBREAPER, 1), "PR_SET_CHILD_SUBREAPER");
    pid_t child = must(fork(), "fork");
    if (child == 0) {
        detach();
        live_as_daemon();
    }
    int first = end_of(child);
    printf("%d, then the daemon: %d\n", first, end_of(-1));
    must(stat("daemon.log", &log), "stat");
    printf("%d bytes in the log\n", (int)log.st_size);
    return 0;
}
