/* fork inside a scope: the child starts outside of it, whatever it was told to end is not its own, and what it leaves is
 * left by scopes of its own. The parent's scopes go on.
 *
 * expect: scope-leak count=3 call=open line=child scope=child ended=3 left=3 pids=3
 * expect: fd-leak count=3 call=open line=plain scope="" pids=3
 * expect: scope-leak count=5 call=open line=parent scope="server > request" ended=50 left=5 pids=1
 * expect-scope: path=child entered=3 ended=3 left=3
 * expect-scope: path=server entered=1 ended=1 left=0
 * expect-scope: path="server > request" entered=50 ended=50 left=5
 */
#include "scopes.h"

static void __attribute__((noreturn)) be_child(leakwatch_scope_t server, leakwatch_scope_t request, int inherited)
{
    says((long)leakwatch_scope_end(request), 0, "the end of a parent's scope");
    says(leakwatch_scope_attach(server), -1, "an attach to a parent's scope");
    leakwatch_scope_detach(server);
    leakwatch_scope_fail(server, "not mine");
    must(close(inherited), "close");
    open_work("plain.txt"); /* leak:plain */
    leakwatch_scope_t child = leakwatch_scope_begin("child");
    open_work("child.txt"); /* leak:child */
    says((long)leakwatch_scope_end(child), 1, "what the child leaves");
    says((long)leakwatch_scope_end(server), 0, "the end of a parent's scope");
    exit(0);
}

int main(void)
{
    leakwatch_scope_t server = leakwatch_scope_begin("server");
    int kept = open_work("server.txt");
    for (int number = 0; number < 50; number++) {
        leakwatch_scope_t request = leakwatch_scope_begin("request");
        int fd = open_work("parent.txt"); /* leak:parent */
        if (number % 20 == 7) {
            pid_t child = must(fork(), "fork");
            if (child == 0)
                be_child(server, request, fd);
            if (end_of(child) != 0)
                puts("a child failed");
        }
        if (number % 10 != 3)
            must(close(fd), "close");
        says((long)leakwatch_scope_end(request), number % 10 == 3, "what the request leaves");
    }
    must(close(kept), "close");
    says((long)leakwatch_scope_end(server), 0, "what the server leaves");
    puts("forked");
    return 0;
}
