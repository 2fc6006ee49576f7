/* Opens by names that are relative to a directory: they are shown from there on, as far as is known where that is.
 *
 * expect: fd-leak count=1 call=openat function=in_known line=known detail=/?*room/known.txt
 * expect: fd-leak count=1 call=openat function=in_relative line=relative detail=room/relative.txt
 * expect: fd-leak count=1 call=openat function=in_stream line=stream detail=room/stream.txt
 * expect: fd-leak count=1 call=openat function=in_nested line=nested detail=room/inner/nested.txt
 * expect: fd-leak count=1 call=openat function=in_unknown line=unknown detail=unknown.txt?(in?the?directory?of?fd?*)
 * expect: fd-leak count=1 call=openat function=by_whole_path line=whole detail=/dev/null
 * expect: fd-leak count=1 call=openat function=in_cwd line=cwd detail=cwd.txt
 * expect: fd-leak count=1 call=syscall function=by_syscall line=raw detail=room/raw.txt
 */
#include "program.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { MADE = O_RDWR | O_CREAT, LONG = 200 /* more than a ledger keeps of a path */ };

static int in_known(int directory)
{
    return must(openat(directory, "known.txt", MADE, 0600), "openat"); /* leak:known */
}

static int in_relative(int directory)
{
    return must(openat(directory, "relative.txt", MADE, 0600), "openat"); /* leak:relative */
}

static int in_stream(int directory)
{
    return must(openat(directory, "stream.txt", MADE, 0600), "openat"); /* leak:stream */
}

static int in_nested(int directory)
{
    return must(openat(directory, "nested.txt", MADE, 0600), "openat"); /* leak:nested */
}

static int in_unknown(int directory)
{
    return must(openat(directory, "unknown.txt", MADE, 0600), "openat"); /* leak:unknown */
}

static int by_whole_path(int directory)
{
    return must(openat(directory, "/dev/null", O_RDONLY), "openat"); /* leak:whole */
}

static int in_cwd(void)
{
    return must(openat(AT_FDCWD, "cwd.txt", MADE, 0600), "openat"); /* leak:cwd */
}

static int by_syscall(int directory)
{
    return must((int)syscall(SYS_openat, directory, "raw.txt", MADE, 0600), "SYS_openat"); /* leak:raw */
}

int main(void)
{
    char here[4096], path[4200];
    must(mkdir("room", 0700), "mkdir");
    must(mkdir("room/inner", 0700), "mkdir");
    must_have(getcwd(here, sizeof here), "getcwd");
    snprintf(path, sizeof path, "%s/room", here);
    int whole = must(open(path, O_RDONLY | O_DIRECTORY), "open");
    int relative = must(open("room", O_RDONLY | O_DIRECTORY), "open");
    int inner = must(openat(relative, "inner", O_RDONLY | O_DIRECTORY), "openat");
    memset(path, 'x', LONG);
    path[LONG] = '\0';
    must(mkdir(path, 0700), "mkdir");
    int unknown = must(open(path, O_RDONLY | O_DIRECTORY), "open");
    DIR *stream = must_have(opendir("room"), "opendir");
    in_known(whole);
    in_relative(relative);
    in_nested(inner);
    in_stream(dirfd(stream));
    by_syscall(relative);
    in_cwd();
    by_whole_path(relative);
    closedir(stream);
    must(close(whole), "close");
    must(close(relative), "close");
    must(close(inner), "close");
    in_unknown(unknown);
    must(close(unknown), "close");
    return 0;
}
