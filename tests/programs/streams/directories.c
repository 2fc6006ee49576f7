/* Directories read by opendir, fdopendir and fts. A DIR owns its descriptor: one finding, not two.
 *
 * expect: dir-leak count=3 call=opendir function=list line=list detail=.
 * expect: dir-leak count=5 call=fdopendir function=list_open_one line=open_one detail=.
 * expect: dir-leak count=1 call=fts_open function=walk
 * expect: fd-leak count=3 call=open function=not_a_directory type=file
 */
#include "program.h"

#include <dirent.h>
#include <fts.h>

static DIR *list(void)
{
    DIR *directory = must_have(opendir("."), "opendir"); /* leak:list */
    must_have(readdir(directory), "readdir");
    return directory;
}

static DIR *list_open_one(void)
{
    int fd = must(open(".", O_RDONLY | O_DIRECTORY), "open");
    return must_have(fdopendir(fd), "fdopendir"); /* leak:open_one */
}

/* fdopendir refuses a plain file, and its descriptor stays with the caller. */
static int not_a_directory(void)
{
    int fd = must(open("plain.txt", O_RDONLY | O_CREAT, 0600), "open");
    if (fdopendir(fd) != NULL)
        puts("a plain file became a directory");
    return fd;
}

static FTS *walk(void)
{
    static char here[] = ".";
    char *roots[] = {here, NULL};
    FTS *tree = must_have(fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL), "fts_open");
    while (fts_read(tree) != NULL)
        continue;
    return tree;
}

int main(void)
{
    static const struct deed deeds[] = {{not_a_directory, 2, 3}};
    do_deeds(deeds, COUNT(deeds));
    for (int i = 0; i < 10; i++) {
        must(closedir(list()), "closedir");
        must(closedir(list_open_one()), "closedir");
        must(fts_close(walk()), "fts_close");
    }
    for (int i = 0; i < 3; i++)
        printf("%d\n", dirfd(list()));
    for (int i = 0; i < 5; i++)
        printf("%d\n", dirfd(list_open_one()));
    walk();
    return 0;
}
