/* Closes all numbers, as daemons do, by loops up and down and in bulk, before and after things were open: no mistakes, and
 * what had been open was closed by it.
 */
#include "program.h"

enum { HIGHEST = 300 };

static void open_some(int count)
{
    for (int i = 0; i < count; i++)
        must(open("swept.txt", O_RDWR | O_CREAT, 0600), "open");
}

static void sweep_up(void)
{
    for (int fd = STDERR_FILENO + 1; fd < HIGHEST; fd++)
        close(fd);
}

static void sweep_down(void)
{
    for (int fd = HIGHEST; fd > STDERR_FILENO; fd--)
        close(fd);
}

/* As compilers unroll it. */
static void sweep_by_four(void)
{
    for (int fd = STDERR_FILENO + 1; fd < HIGHEST; fd += 4) {
        close(fd);
        close(fd + 1);
        close(fd + 2);
        close(fd + 3);
    }
}

int main(void)
{
    for (int i = 0; i < 3; i++) {
        open_some(13);
        sweep_up();
        open_some(9);
        sweep_by_four();
        sweep_up();
        open_some(7);
        sweep_down();
        sweep_down();
        open_some(5);
        must(close_range(STDERR_FILENO + 1, ~0u, 0), "close_range");
        sweep_up();
    }
    return 0;
}
