/* Becomes a daemon by daemon(), whose inner fork and exit no hook sees: what it had opened goes on in the child, and only
 * what the child forgets is a leak.
 *
 * expect: fd-leak count=3 call=open function=forget line=forget pids=1
 */
#include "program.h"

#include <sys/prctl.h>

static int forget(void)
{
    return must(open("work.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:forget */
}

int main(void)
{
    int log = must(open("log.txt", O_WRONLY | O_CREAT | O_APPEND, 0600), "open");
    must(prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl");
    pid_t helper = must(fork(), "fork");
    if (helper > 0) { /* waits for the helper, and for the daemon that it leaves behind */
        int ended = 0;
        must(close(log), "close");
        for (int i = 0; i < 2; i++) {
            int status = 0;
            must(wait(&status), "wait");
            ended += WIFEXITED(status) && WEXITSTATUS(status) == 0;
        }
        printf("%d ended well\n", ended);
        return 0;
    }
    must(daemon(1, 1), "daemon");
    must(close(log), "close");
    for (int i = 0; i < 3; i++)
        forget();
    return 0;
}
