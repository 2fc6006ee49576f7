/* Locks on files at a number that is used again and again, for one file and another, and put over by dup2: it is always the
 * file that the number has now.
 *
 * expect: lock-held count=1 call=fcntl function=update line=left class=lock detail=exclusive?lock?on*of*first
 * expect: fd-leak count=1 call=open function=main detail=*first
 * expect: clobbered-fd count=1 call=dup2
 */
#include "program.h"

#include <unistd.h>

#include "leakwatch/leakwatch.h"

static int opened(const char *path)
{
    return must(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), path);
}

static void lock(int fd, short type)
{
    struct flock range = {.l_type = type, .l_whence = SEEK_SET, .l_len = 100};
    must(fcntl(fd, F_SETLK, &range), "fcntl");
}

static void update(int fd, int other)
{
    LEAKWATCH_SCOPE("update") {
        struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 100};
        must(fcntl(fd, F_SETLK, &range), "fcntl"); /* leak:left */
        lock(other, F_WRLCK);
        lock(other, F_UNLCK); /* of another file: not that lock */
    }
}

static int in_turn(void)
{
    int number = opened("first");
    for (int i = 0; i < 20; i++) {
        lock(number, F_WRLCK);
        lock(number, F_UNLCK);
        close(number);
        if (opened(i % 2 ? "first" : "second") != number)
            exit(98);
    }
    return number;
}

int main(void)
{
    int number = in_turn(), second = opened("second");
    lock(number, F_WRLCK);
    lock(number, F_UNLCK);
    must(dup2(second, number), "dup2");
    close(second);
    update(opened("first"), number);
    return close(number);
}
