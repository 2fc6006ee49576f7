/* Functions as scopes: built with -finstrument-functions, of 1,000 requests 23 forget a socket on the error path. What
 * process_job keeps is a leak of its own; what main keeps belongs to no selected function.
 *
 * settings: scopes=handle_*,process_job
 * expect: scope-leak|fd-leak count=23 call=socket function=connect_back line=socket scope=process_job*>*handle_request
 * expect: scope-leak|fd-leak count=7 call=open function=process_job scope=process_job
 * expect: fd-leak count=1 call=open function=main
 */
#include "program.h"

#include <sys/socket.h>

static int __attribute__((noinline)) connect_back(void)
{
    return must(socket(AF_UNIX, SOCK_STREAM, 0), "socket"); /* leak:socket */
}

static int handle_request(int number)
{
    int log = must(open("log.txt", O_WRONLY | O_CREAT | O_APPEND, 0600), "open"), peer = connect_back();
    must(close(log), "close");
    if (number % 43 == 17)
        return -1;
    must(close(peer), "close");
    return 0;
}

static int __attribute__((noinline)) process_job(int first)
{
    int failed = 0, job = must(open("job.txt", O_RDWR | O_CREAT, 0600), "open");
    for (int number = first; number < first + 10; number++)
        failed += handle_request(number) < 0;
    if (first >= 70)
        must(close(job), "close");
    return failed;
}

int main(void)
{
    int failed = 0, kept = must(open("main.txt", O_RDWR | O_CREAT, 0600), "open");
    errno = 77;
    for (int job = 0; job < 100; job++)
        failed += process_job(job * 10);
    printf("%d failed, %d kept, errno %d\n", failed, kept, errno);
    return 0;
}
