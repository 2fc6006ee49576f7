/* Children that nobody waited for. Whether one of them has ended when its parent ends is a race, which must not tell: one
 * that is left alone is a note, as are those of a program that looks after them without waiting; one of a place where the
 * others are waited for is missed, and so are many of one place.
 *
 * expect: child-leak count=1 level=note call=fork function=leave_one line=one
 * expect: child-leak count=1 level=note call=fork function=look_after line=looked
 * expect: child-leak count=1 level=error call=fork function=wait_for_most line=most
 * expect: child-leak count=9 level=error call=fork function=leave_many line=many
 */
#include "program.h"

/* Compilers must not make copies of the loops: each would be a place of its own. */
static volatile int few = 4, many = 9, missed = 1;

static pid_t begin(pid_t child)
{
    if (child == 0)
        _exit(0);
    return must(child, "fork");
}

static void leave_one(void)
{
    begin(fork()); /* leak:one */
}

/* The last one is not looked at. */
static void look_after(void)
{
    for (int i = 0; i < few; i++) {
        pid_t child = begin(fork()); /* leak:looked */
        int result = 0;
        while (i < 3 && (result = must(waitpid(child, NULL, WNOHANG), "waitpid")) == 0)
            usleep(1000);
    }
}

static void wait_for_most(void)
{
    for (int i = 0; i < few; i++) {
        pid_t child = begin(fork()); /* leak:most */
        if (i != missed)
            end_of(child);
    }
}

static void leave_many(void)
{
    for (int i = 0; i < many; i++)
        begin(fork()); /* leak:many */
}

int main(void)
{
    must(close(must(open("/dev/null", O_RDONLY), "open")), "close");
    leave_one();
    look_after();
    wait_for_most();
    leave_many();
    return 0;
}
