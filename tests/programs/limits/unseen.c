/* Opens by bare system calls, which nobody can see, and closes what others opened in the same way: what is open at the end
 * all the same is a note, and what was closed unseen is no leak.
 *
 * expect: untracked-fd count=3 level=note
 * expect: fd-leak count=1 call=open function=forget line=forget type=file
 * needs: x86_64
 */
#include "program.h"

#include <sys/syscall.h>

static int bare_system_call(long number, long first, long second, long third)
{
    long result = number;
    __asm__ volatile("syscall" : "+a"(result) : "D"(first), "S"(second), "d"(third) : "rcx", "r11", "memory");
    return (int)result;
}

static int open_unseen(void)
{
    return must(bare_system_call(SYS_open, (long)"/dev/null", O_RDONLY, 0), "SYS_open");
}

static void close_unseen(int fd)
{
    must(bare_system_call(SYS_close, fd, 0, 0), "SYS_close");
}

static int forget(void)
{
    return must(open("/dev/null", O_RDONLY), "open"); /* leak:forget */
}

/* The numbers are taken again by calls that are seen: the books must heal themselves. */
static void close_behind_the_back(void)
{
    for (int i = 0; i < 5; i++)
        close_unseen(forget());
    must(close(forget()), "close");
    must(close(open_unseen()), "close");
}

int main(void)
{
    close_behind_the_back();
    printf("%d\n", forget());
    for (int i = 0; i < 3; i++)
        printf("%d\n", open_unseen());
    return 0;
}
