/* Sends its standard streams elsewhere with freopen, after an fclose too, and gives its log a successor with dup2, again
 * and again: normal use, nothing to mend. A document that is replaced while it is written is none.
 *
 * expect: clobbered-fd level=note call=dup2 released=rotate type=file
 * expect: clobbered-fd count=1 level=note call=dup2 released=reopen type=file
 * expect: clobbered-fd count=1 level=warning call=dup2 released=replace type=file
 */
#include "program.h"

static void redirect(void)
{
    for (int i = 0; i < 3; i++) {
        must_have(freopen("out.txt", "w", stdout), "freopen");
        must_have(freopen("err.txt", "a", stderr), "freopen");
    }
    must(fclose(stdin), "fclose");
    must_have(freopen("/dev/null", "r", stdin), "freopen");
}

static void rotate(void)
{
    int log = must(open("log", O_WRONLY | O_CREAT | O_APPEND, 0600), "open");
    for (int i = 0; i < 5; i++) {
        int next = must(open("log.next", O_WRONLY | O_CREAT | O_APPEND, 0600), "open");
        must(dup2(next, log), "dup2");
        must(close(next), "close");
    }
    must(close(log), "close");
}

static void reopen(void)
{
    int log = must(open("plain.log", O_WRONLY | O_CREAT, 0600), "open");
    int next = must(open("plain.log", O_WRONLY | O_CREAT, 0600), "open");
    must(dup2(next, log), "dup2");
    must(close(next), "close");
    must(close(log), "close");
}

static void replace(void)
{
    int document = must(open("document", O_WRONLY | O_CREAT, 0600), "open");
    int other = must(open("other", O_WRONLY | O_CREAT, 0600), "open");
    must(dup2(other, document), "dup2");
    must(close(other), "close");
    must(close(document), "close");
}

int main(void)
{
    redirect();
    rotate();
    reopen();
    replace();
    puts("written elsewhere");
    return 0;
}
