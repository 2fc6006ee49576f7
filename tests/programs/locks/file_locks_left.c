/* Jobs that end with a lock on a file: 3 of 20 forget to unlock bytes of a common table, of which 1 is given back later; 2
 * of 9 leave the file that they have locked; one hands over two, with their locks. Of 8 descriptors 3 are never closed, and
 * some of them still have locks.
 *
 * expect: lock-held count=3 findings=1 call=fcntl function=update line=range class=lock level=error scope=update left=3
 *         ended=20 late=1 detail=exclusive?lock?on?bytes*of*table
 * expect: scope-leak count=4 findings=1 call=open function=work line=opened level=error scope=job left=2 ended=9 parts=1
 * expect: fd-leak count=3 call=open function=main line=plain detail=*plain? level=error
 * expect: fd-leak count=1 call=open function=main line=table level=warning
 * expect: fd-leak count=2 function=give line=given level=warning
 * expect-text: error: in 3 of 20 update: 3 locks on files left, 2 never released, taken by fcntl at *
 * expect-text:   together with 2 locks on files, taken by flock at *
 * expect-text:   2 of them with an exclusive lock on it
 * expect-text:   with a shared lock on bytes 5 to 9 on it
 */
#include "program.h"

#include <sys/file.h>

#include "leakwatch/leakwatch.h"

enum { UPDATES = 20, JOBS = 9 };

static int opened(const char *path)
{
    return must(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), path);
}

static void change(int fd, short type, off_t start, off_t length)
{
    struct flock range = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    must(fcntl(fd, F_SETLK, &range), "fcntl"); /* leak:range */
}

static void update(int table, int row)
{
    LEAKWATCH_SCOPE("update") {
        change(table, F_WRLCK, 10 * row, 10);
        if (row % 8 != 3)
            change(table, F_UNLCK, 10 * row, 10);
    }
}

static void work(int number)
{
    LEAKWATCH_SCOPE("job") {
        char path[32];
        snprintf(path, sizeof path, "job%d", number);
        int fd = opened(path); /* leak:opened */
        must(flock(fd, LOCK_EX), "flock");
        if (number % 5 != 2)
            close(fd);
    }
}

static void give(void)
{
    LEAKWATCH_SCOPE("give") {
        int kept = opened("kept"), handed = opened("handed"); /* leak:given */
        must(flock(kept, LOCK_SH), "flock");
        must(flock(handed, LOCK_SH), "flock");
        leakwatch_hand_over(LEAKWATCH_FD(handed), LEAKWATCH_PROCESS);
        leakwatch_hand_over(LEAKWATCH_FD(kept), LEAKWATCH_PROCESS);
    }
}

static void plain(void)
{
    for (int i = 0; i < 8; i++) {
        char path[32];
        snprintf(path, sizeof path, "plain%d", i);
        int fd = must(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open"); /* leak:plain */
        if (i % 3 == 0)
            must(flock(fd, i < 6 ? LOCK_EX : LOCK_UN), "flock");
        if (i == 3)
            change(fd, F_RDLCK, 5, 5);
        if (i % 3 != 0)
            close(fd);
    }
}

int main(void)
{
    int table = opened("table"); /* leak:table */
    for (int i = 0; i < UPDATES; i++)
        update(table, i);
    change(table, F_UNLCK, 30, 10);
    for (int i = 0; i < JOBS; i++)
        work(i);
    give();
    plain();
    puts("done");
    return 0;
}
