/* Calls that acquire nothing, thousands of them with names that never come again, and releases of what never was open:
 * there is nothing to find, and errno is what the real call left.
 *
 * expect: fd-leak count=1 call=open function=forget type=file
 */
#include "program.h"

#include <dirent.h>
#include <sys/socket.h>

static void expect_error(int failed, int error, const char *call)
{
    if (!failed || errno != error)
        printf("%s: %s\n", call, strerror(errno));
}

static void fail_once(int round)
{
    char path[64];
    snprintf(path, sizeof path, "no/such/file/%d", round);
    expect_error(open(path, O_RDONLY) < 0, ENOENT, "open");
    expect_error(fopen(path, "r") == NULL, ENOENT, "fopen");
    expect_error(opendir(path) == NULL, ENOENT, "opendir");
    expect_error(socket(AF_UNIX, 77, 0) < 0, EINVAL, "socket");
    expect_error(accept(STDIN_FILENO, NULL, NULL) < 0, ENOTSOCK, "accept");
    expect_error(close(1000 + round % 500) < 0, EBADF, "close");
    expect_error(dup(900) < 0, EBADF, "dup");
}

/* What succeeds leaves errno alone. */
static void succeed_once(void)
{
    errno = E2BIG;
    int fd = must(open("there.txt", O_RDWR | O_CREAT, 0600), "open");
    expect_error(close(fd) == 0, E2BIG, "open and close");
}

static int forget(void)
{
    return must(open("there.txt", O_RDONLY), "open");
}

int main(void)
{
    for (int round = 0; round < 3000; round++) {
        fail_once(round);
        succeed_once();
    }
    printf("%d\n", forget());
    return 0;
}
