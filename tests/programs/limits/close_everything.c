/* Closes everything in each of the known ways, opens again, and writes: no leak is left but the last three, no byte of
 * anybody else gets into its file, and the numbers are the ones that are free.
 *
 * expect: fd-leak count=3 call=open function=forget line=forget type=file
 */
#include "program.h"

#include <sys/stat.h>
#include <sys/syscall.h>

static int forget(void)
{
    return must(open("data.txt", O_RDWR | O_CREAT | O_APPEND, 0600), "open"); /* leak:forget */
}

static void in_a_loop(void)
{
    for (int fd = 3; fd < 1024; fd++)
        close(fd);
}

static void by_close_range(void)
{
    must(close_range(3, ~0u, 0), "close_range");
}

static void by_closefrom(void)
{
    closefrom(3);
}

static void by_raw_close_range(void)
{
    must((int)syscall(SYS_close_range, 3u, ~0u, 0u), "SYS_close_range");
}

static void by_raw_loop(void)
{
    for (int fd = 3; fd < 1024; fd++)
        syscall(SYS_close, fd);
}

/* Marked to be closed by exec, which is no release: closed one by one then. */
static void by_cloexec_range(void)
{
    must(close_range(3, ~0u, CLOSE_RANGE_CLOEXEC), "CLOSE_RANGE_CLOEXEC");
    in_a_loop();
}

int main(void)
{
    void (*const ways[])(void) = {in_a_loop,          by_close_range, by_closefrom,
                                  by_raw_close_range, by_raw_loop,    by_cloexec_range};
    for (size_t i = 0; i < COUNT(ways); i++) {
        int last = -1;
        for (int n = 0; n < 7; n++)
            last = forget();
        ways[i]();
        printf("%d %d\n", last, fcntl(3, F_GETFD));
        must(write(forget(), "x", 1) == 1 ? 0 : -1, "write");
        ways[i]();
    }
    for (int i = 0; i < 3; i++)
        printf("%d\n", forget());
    struct stat data;
    must(stat("data.txt", &data), "stat");
    printf("%d bytes\n", (int)data.st_size);
    return 0;
}
