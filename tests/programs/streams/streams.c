/* Streams made in every way, some never closed. A stream owns its descriptor: one finding, not two.
 *
 * expect: stream-leak count=3 call=fopen function=by_fopen line=fopen detail=notes.txt
 * expect: stream-leak count=5 call=tmpfile function=by_tmpfile
 * expect: stream-leak count=1 call=setmntent function=by_setmntent detail=mounts.tab
 * expect: stream-leak count=1 call=fmemopen function=by_fmemopen
 * expect: stream-leak count=3 call=open_memstream function=by_open_memstream
 */
#include "program.h"

#include <mntent.h>

static char buffer[64], *grown;
static size_t grown_size;

static FILE *by_fopen(void)
{
    return must_have(fopen("notes.txt", "w+"), "fopen"); /* leak:fopen */
}

static FILE *by_tmpfile(void)
{
    return must_have(tmpfile(), "tmpfile");
}

static FILE *by_setmntent(void)
{
    return must_have(setmntent("mounts.tab", "a+"), "setmntent");
}

static FILE *by_fmemopen(void)
{
    return must_have(fmemopen(buffer, sizeof buffer, "w+"), "fmemopen");
}

static FILE *by_open_memstream(void)
{
    return must_have(open_memstream(&grown, &grown_size), "open_memstream");
}

int main(void)
{
    static const struct {
        FILE *(*open)(void);
        int (*close)(FILE *);
        int closed, kept;
    } streams[] = {{by_fopen, fclose, 4, 3},
                   {by_tmpfile, fclose, 2, 5},
                   {by_setmntent, endmntent, 2, 1},
                   {by_fmemopen, fclose, 3, 1},
                   {by_open_memstream, fclose, 1, 3}};
    for (size_t i = 0; i < COUNT(streams); i++) {
        for (int n = 0; n < streams[i].closed; n++)
            streams[i].close(streams[i].open());
        for (int n = 0; n < streams[i].kept; n++)
            printf("%d\n", fileno(streams[i].open()));
    }
    return 0;
}
