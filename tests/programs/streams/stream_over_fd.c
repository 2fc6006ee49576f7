/* Streams laid over descriptors by fdopen: fclose gives back both; a stream that is kept is one finding, not two; and
 * a descriptor whose fdopen failed stays with the caller.
 *
 * expect: stream-leak count=3 call=fdopen function=lay_stream line=lay detail=journal.txt
 * expect: fd-leak count=5 call=open function=refuse_stream line=refuse type=file
 */
#include "program.h"

static FILE *lay_stream(void)
{
    int fd = must(open("journal.txt", O_RDWR | O_CREAT, 0600), "open");
    return must_have(fdopen(fd, "r+"), "fdopen"); /* leak:lay */
}

static int refuse_stream(void)
{
    int fd = must(open("journal.txt", O_WRONLY | O_CREAT, 0600), "open"); /* leak:refuse */
    if (fdopen(fd, "no such mode") != NULL)
        puts("fdopen took a mode that does not exist");
    return fd;
}

int main(void)
{
    static const struct deed deeds[] = {{refuse_stream, 3, 5}};
    do_deeds(deeds, COUNT(deeds));
    for (int i = 0; i < 100; i++)
        must(fclose(lay_stream()), "fclose");
    for (int i = 0; i < 3; i++)
        printf("%d\n", fileno(lay_stream()));
    return 0;
}
