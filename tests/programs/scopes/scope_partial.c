/* Partial initialisation: of 30 sessions 9 acquire three things, fail at the fourth, and give nothing back. That is one
 * story with four parts, not three findings. One that ended otherwise as well is a story of its own.
 *
 * expect: scope-leak count=27 findings=1 call=open line=first scope=session ended=30 failed=9 left=9 left_failed=9 parts=2
 *         only_when_failed=true attempt=open errno=ENOENT reason=no?plugin late=0 level=error
 * expect: scope-leak count=3 call=open line=alone scope=mixed ended=9 left=3 parts=0
 * expect: scope-leak count=6 call=epoll_create1 line=both scope=mixed ended=9 left=6 parts=0
 */
#include "scopes.h"

#include <dirent.h>
#include <sys/epoll.h>
#include <sys/socket.h>

struct session {
    int file, socket, plugin;
    DIR *spool;
};

static int __attribute__((noinline)) begin_session(struct session *session, int number)
{
    session->file = open_work("session.txt"); /* leak:first */
    session->socket = must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    session->spool = must_have(opendir("."), "opendir");
    session->plugin = open(number % 10 < 3 ? "missing.so" : "session.txt", O_RDONLY | O_CLOEXEC);
    return session->plugin < 0 ? -1 : 0;
}

static void end_session(const struct session *session)
{
    must(close(session->plugin), "close");
    must(closedir(session->spool), "closedir");
    must(close(session->socket), "close");
    must(close(session->file), "close");
}

static void serve(int number)
{
    LEAKWATCH_SCOPE("session") {
        struct session session;
        if (begin_session(&session, number) != 0) {
            leakwatch_scope_fail(NULL, "no plugin");
            return; /* the mistake */
        }
        end_session(&session);
    }
}

/* Left together in 1 of 6 ends that leave the one: they are two stories. */
static void mix(int number)
{
    LEAKWATCH_SCOPE("mixed") {
        int alone = open_work("alone.txt");                     /* leak:alone */
        int both = must(epoll_create1(EPOLL_CLOEXEC), "epoll"); /* leak:both */
        if (number < 6)
            must(close(alone), "close");
        if (number == 6 || number == 7 || number == 5)
            must(close(both), "close");
    }
}

int main(void)
{
    for (int number = 0; number < 30; number++)
        serve(number);
    for (int number = 0; number < 9; number++)
        mix(number);
    puts("served");
    return 0;
}
