/* Kinds that few programs use: message queues, process descriptors, terminals and namespaces made by ioctl.
 *
 * expect: fd-leak count=3 call=mq_open function=queue type=mq detail=*leakwatch-queue*
 * expect: fd-leak count=5 call=pidfd_open function=myself type=pidfd
 * expect: fd-leak count=3 call=ioctl function=peer line=peer
 */
#include "program.h"

#include <mqueue.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

int pidfd_open(pid_t pid, unsigned flags);

static int terminal;

static int queue(void)
{
    char name[64];
    snprintf(name, sizeof name, "/leakwatch-queue.%d", (int)getpid());
    struct mq_attr size = {.mq_maxmsg = 1, .mq_msgsize = 16};
    mqd_t made = must(mq_open(name, O_RDWR | O_CREAT, 0600, &size), "mq_open");
    must(mq_unlink(name), "mq_unlink");
    return made;
}

static int queue_closed(void)
{
    must(mq_close(queue()), "mq_close");
    return must(open(".", O_RDONLY), "open");
}

static int myself(void)
{
    return must(pidfd_open(getpid(), 0), "pidfd_open");
}

static int peer(void)
{
    return must(ioctl(terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY), "TIOCGPTPEER"); /* leak:peer */
}

int main(void)
{
    static const struct deed deeds[] = {{queue, 1, 3}, {queue_closed, 5, 0}, {myself, 2, 5}, {peer, 3, 3}};
    terminal = must(posix_openpt(O_RDWR | O_NOCTTY), "posix_openpt");
    must(unlockpt(terminal), "unlockpt");
    do_deeds(deeds, COUNT(deeds));
    must(close(terminal), "close");
    return 0;
}
