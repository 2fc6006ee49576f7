/* Opens until the table is full: the victim that gets EMFILE is another call than the one that holds the table.
 *
 * expect: fd-exhausted count=1 function=victim line=victim later=all?64?numbers?below?the?soft?limit?of?64?were?taken
 * expect: fd-leak count=61 function=hoard line=hoard type=file detail=hoard.txt
 */
#include "program.h"

#include <sys/resource.h>
#include <sys/socket.h>

static int hoard(void)
{
    return open("hoard.txt", O_RDWR | O_CREAT, 0600); /* leak:hoard */
}

static int victim(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0); /* leak:victim */
}

int main(void)
{
    struct rlimit few = {64, 64};
    must(setrlimit(RLIMIT_NOFILE, &few), "setrlimit");
    int held = 0, last = -1;
    while (held < 61)
        last = must(hoard(), "open"), held++;
    if (victim() >= 0 || errno != EMFILE)
        puts("the table is not full");
    printf("%d held, the last is %d\n", held, last);
    return 0;
}
