/* How long does a process take, from start to end? processes COUNT COMMAND [ARGUMENT…] runs the command so often, one
 * after the other, and prints microseconds for one, in the median. LD_PRELOAD comes from BENCH_PRELOAD: only the command is
 * watched, not what measures it. */
#include "driver.h"

#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

static double run(char **command)
{
    pid_t pid;
    int status;
    double begin = seconds_now();
    must((errno = posix_spawnp(&pid, command[0], NULL, NULL, command, environ)) == 0, command[0]);
    must(waitpid(pid, &status, 0) == pid, "waitpid");
    double took = (seconds_now() - begin) * 1e6;
    if (status != 0) {
        fprintf(stderr, "%s: status %d\n", command[0], status);
        exit(1);
    }
    return took;
}

int main(int argc, char **argv)
{
    size_t count = (size_t)number_argument(argc, argv, 1, 1);
    if (argc < 3 || count < 1) {
        fputs("usage: processes COUNT COMMAND [ARGUMENT...]\n", stderr);
        return 2;
    }
    const char *library = getenv("BENCH_PRELOAD");
    if (library)
        setenv("LD_PRELOAD", library, 1);
    double *microseconds = malloc(count * sizeof *microseconds);
    must(microseconds != NULL, "malloc");
    for (size_t i = 0; i < count; i++)
        microseconds[i] = run(argv + 2);
    printf("%.2f\n", median(microseconds, count));
    free(microseconds);
    return 0;
}
