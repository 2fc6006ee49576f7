/* Opens files in every way the C library has, and forgets some of each.
 *
 * expect: fd-leak count=3 call=open function=by_open line=open type=file detail=settings.conf
 * expect: fd-leak count=5 call=openat function=by_openat line=openat type=file detail=settings.conf
 * expect: fd-leak count=1 call=creat function=by_creat line=creat type=file detail=created.log
 * expect: fd-leak count=3 call=mkstemp function=by_mkstemp line=mkstemp type=file
 * expect: fd-leak count=3 call=mkostemp function=by_mkostemp type=file
 * expect: fd-leak count=1 call=mkstemps function=by_mkstemps type=file
 * expect: fd-leak count=1 call=open64 function=by_open64 type=file
 * expect: fd-leak count=3 call=open function=nameless type=file
 * expect: fd-leak count=1 call=open function=a_directory detail=.
 */
#include "program.h"

static int by_open(void)
{
    return must(open("settings.conf", O_RDWR | O_CREAT, 0600), "open"); /* leak:open */
}

static int by_openat(void)
{
    return must(openat(AT_FDCWD, "settings.conf", O_RDONLY | O_CLOEXEC), "openat"); /* leak:openat */
}

static int by_creat(void)
{
    return must(creat("created.log", 0600), "creat"); /* leak:creat */
}

static int by_mkstemp(void)
{
    char name[] = "stemXXXXXX";
    int fd = must(mkstemp(name), "mkstemp"); /* leak:mkstemp */
    must(unlink(name), "unlink");
    return fd;
}

static int by_mkostemp(void)
{
    char name[] = "ostemXXXXXX";
    int fd = must(mkostemp(name, O_CLOEXEC), "mkostemp");
    must(unlink(name), "unlink");
    return fd;
}

static int by_mkstemps(void)
{
    char name[] = "stemXXXXXX.txt";
    int fd = must(mkstemps(name, 4), "mkstemps");
    must(unlink(name), "unlink");
    return fd;
}

static int by_open64(void)
{
    return must(open64("settings.conf", O_RDONLY), "open64");
}

/* O_TMPFILE makes the mode argument count although O_CREAT is not set. Not every file system has it. */
static int nameless(void)
{
    int fd = open(".", O_TMPFILE | O_RDWR, 0600);
    if (fd < 0)
        return must(open("settings.conf", O_RDONLY), "open");
    if (fcntl(fd, F_GETFL) < 0)
        puts("O_TMPFILE gave a descriptor that is not open");
    return fd;
}

static int a_directory(void)
{
    return must(open(".", O_RDONLY | O_DIRECTORY), "open");
}

int main(void)
{
    static const struct deed deeds[] = {
        {by_open, 2, 3},     {by_openat, 2, 5},  {by_creat, 3, 1}, {by_mkstemp, 2, 3},    {by_mkostemp, 0, 3},
        {by_mkstemps, 1, 1}, {by_open64, 11, 1}, {nameless, 1, 3}, {a_directory, 100, 1},
    };
    do_deeds(deeds, COUNT(deeds));
    return 0;
}
