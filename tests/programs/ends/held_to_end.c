/* A healthy program: it keeps its log, its lock and the pipe of its event loop until it ends. And one that forgets: of what
 * it opened at one place it closed some.
 *
 * expect: stream-leak count=1 level=warning held=true call=fopen function=start_log line=log detail=app.log
 * expect: fd-leak count=1 level=warning held=true call=open function=lock line=lock detail=app.lock
 * expect: fd-leak count=2 level=warning held=true call=pipe2 function=start_loop line=loop type=pipe
 * expect: fd-leak count=1 level=error held=false call=open function=read_settings line=settings detail=second.conf
 * expect: fd-leak count=2 level=error held=false call=open function=load line=load detail=data.txt
 * expect-text: warning: held to the end: 4, each the only one of its place (or an end of the only pair, a log, a listening socket), where nothing was ever given back
 * expect-text:   1 file, opened by open at *held_to_end.c:* in lock: app.lock *fd-leak*
 * expect-text: 2 errors, 3 warnings*: 3 resources never given back, 4 resources held to the end
 */
#include "program.h"

static FILE *start_log(void)
{
    return must_have(fopen("app.log", "a"), "fopen"); /* leak:log */
}

static int lock(void)
{
    return must(open("app.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open"); /* leak:lock */
}

static void start_loop(int ends[2])
{
    must(pipe2(ends, O_CLOEXEC), "pipe2"); /* leak:loop */
}

static int read_settings(const char *path)
{
    return must(open(path, O_RDONLY | O_CREAT, 0600), "open"); /* leak:settings */
}

static int load(void)
{
    return must(open("data.txt", O_RDONLY | O_CREAT, 0600), "open"); /* leak:load */
}

int main(void)
{
    static const char *const settings[] = {"first.conf", "second.conf"};
    int ends[2];
    FILE *log = start_log();
    fprintf(log, "locked by %d\n", lock());
    start_loop(ends);
    for (int i = 0; i < 2; i++) {
        int fd = read_settings(settings[i]);
        if (i == 0)
            must(close(fd), "close");
    }
    for (int i = 0; i < 2; i++)
        printf("%d\n", load());
    return 0;
}
