/* The settings are read again and again: the log is opened anew, then the one before it is closed. The newest is held to
 * the end. And one that forgets: 3 of 1000, each of which was the newest for a while.
 *
 * expect: fd-leak count=1 level=warning held=true call=open function=open_log line=log detail=server.log
 * expect: stream-leak count=1 level=warning held=true call=fopen function=open_trace line=trace detail=trace.log
 * expect: fd-leak count=3 level=error held=false call=open function=load line=load detail=data.txt
 * expect-text: warning: held to the end: 2, each the only one of its place *, or the newest, which took over from the others
 * expect-text:   1 file, opened by open at *reopened_log.c:* in open_log*: server.log, the newest *fd-leak*
 */
#include "program.h"

enum { RELOADS = 5, REQUESTS = 1000 };

static int open_log(void)
{
    return must(open("server.log", O_WRONLY | O_CREAT | O_APPEND, 0600), "open"); /* leak:log */
}

static FILE *open_trace(void)
{
    return must_have(fopen("trace.log", "a"), "fopen"); /* leak:trace */
}

static int load(void)
{
    return must(open("data.txt", O_RDONLY | O_CREAT, 0600), "open"); /* leak:load */
}

static void __attribute__((noinline)) reload(int *log, FILE **trace)
{
    int old_log = *log;
    FILE *old_trace = *trace;
    *log = open_log();
    *trace = open_trace();
    if (old_log >= 0)
        must(close(old_log), "close");
    if (old_trace != NULL)
        must(fclose(old_trace), "fclose");
}

static void serve(int request)
{
    int fd = load();
    if (request != 300 && request != 600 && request != REQUESTS - 1)
        must(close(fd), "close");
}

/* Compilers must not make copies of the loop: each would be a place of its own. */
static volatile int reloads = RELOADS;

int main(void)
{
    int log = -1;
    FILE *trace = NULL;
    for (int i = 0; i < reloads; i++) {
        reload(&log, &trace);
        usleep(5000);
    }
    for (int i = 0; i < REQUESTS; i++)
        serve(i);
    return 0;
}
