/* A server opens the logs that its settings name, and listens where they say, in one loop each: held to the end. Loops
 * that forget what they opened look alike, but for what it is.
 *
 * expect: fd-leak count=3 level=warning held=true call=open function=start_logs line=logs detail=log?.txt
 * expect: stream-leak count=2 level=warning held=true call=fopen function=start_streams line=streams detail=stream?.txt
 * expect: stream-leak count=2 level=warning held=true call=fopen function=start_copies line=copies detail=copy?.txt
 * expect: stream-leak count=2 level=error held=false call=fopen function=forget_copies line=forgotten detail=copy?.txt
 * expect: stream-leak count=1 level=error held=false call=fopen function=end_copy line=ended detail=ended?.txt
 * expect: fd-leak count=2 level=warning held=true call=socket function=start_listening line=listening type=socket
 * expect: fd-leak count=3 level=error held=false call=open function=forget line=read detail=log?.txt
 * expect: fd-leak count=3 level=error held=false call=open function=append_alike line=alike detail=same.txt
 * expect: fd-leak count=9 level=error held=false call=open function=append_many line=many detail=many?.txt
 * expect: fd-leak count=2 level=error held=false call=socket function=start_nothing line=nothing type=socket
 * expect: fd-leak count=1 level=error held=false call=open function=reopen line=reopen detail=new?.txt
 */
#include "program.h"

#include <sys/socket.h>
#include <sys/un.h>

static volatile int two = 2, three = 3, many = 9; /* or a compiler would make copies of the calls */

static const char *numbered(const char *name, int number)
{
    static char path[64];
    snprintf(path, sizeof path, "%s%d.txt", name, number);
    return path;
}

static void start_logs(void)
{
    for (int i = 0; i < three; i++)
        must(open(numbered("log", i), O_WRONLY | O_APPEND | O_CREAT, 0600), "open"); /* leak:logs */
}

static void start_streams(void)
{
    for (int i = 0; i < two; i++)
        must_have(fopen(numbered("stream", i), "a"), "fopen"); /* leak:streams */
}

/* Loops of which compilers make copies. */
static void start_copies(void)
{
    for (int i = 0; i < 2; i++)
        must_have(fopen(numbered("copy", i), "a"), "fopen"); /* leak:copies */
}

static void forget_copies(void)
{
    for (int i = 0; i < 2; i++)
        must_have(fopen(numbered("copy", i), "r"), "fopen"); /* leak:forgotten */
}

static void end_copy(void)
{
    FILE *last = NULL;
    for (int i = 0; i < 2; i++)
        last = must_have(fopen(numbered("ended", i), "a"), "fopen"); /* leak:ended */
    must(fclose(last), "fclose");
}

static void start_listening(void)
{
    for (int i = 0; i < two; i++) {
        struct sockaddr_un name = {.sun_family = AF_UNIX};
        int fd = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket"); /* leak:listening */
        snprintf(name.sun_path, sizeof name.sun_path, "socket%d", i);
        must(bind(fd, (const struct sockaddr *)&name, sizeof name), "bind");
        must(listen(fd, 5), "listen");
    }
}

static void start_nothing(void)
{
    for (int i = 0; i < two; i++)
        must(socket(AF_UNIX, SOCK_STREAM, 0), "socket"); /* leak:nothing */
}

static void forget(void)
{
    for (int i = 0; i < three; i++)
        must(open(numbered("log", i), O_RDONLY), "open"); /* leak:read */
}

static void append_alike(void)
{
    for (int i = 0; i < three; i++)
        must(open("same.txt", O_WRONLY | O_APPEND | O_CREAT, 0600), "open"); /* leak:alike */
}

static void append_many(void)
{
    for (int i = 0; i < many; i++)
        must(open(numbered("many", i), O_WRONLY | O_APPEND | O_CREAT, 0600), "open"); /* leak:many */
}

static void reopen(void)
{
    for (int i = 0; i < two; i++) {
        int fd = must(open(numbered("new", i), O_WRONLY | O_APPEND | O_CREAT, 0600), "open"); /* leak:reopen */
        if (i == 0)
            must(close(fd), "close");
    }
}

int main(void)
{
    start_logs();
    start_streams();
    start_copies();
    forget_copies();
    end_copy();
    start_listening();
    start_nothing();
    forget();
    append_alike();
    append_many();
    reopen();
    return 0;
}
