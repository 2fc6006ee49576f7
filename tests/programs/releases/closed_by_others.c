/* Closes descriptors that streams and directories own; what was closed that way is noticed by its owner, or not at all.
 *
 * expect: foreign-close count=5 call=close class=stream function=use_stream released=use_stream at=stream level=error
 * expect: foreign-close count=2 call=close class=dir function=use_directory at=directory
 */
#include "program.h"

#include <dirent.h>

static void use_stream(void)
{
    FILE *stream = must_have(fopen("stream.txt", "w"), "fopen");
    must(close(fileno(stream)), "close"); /* wrong:stream */
    if (fclose(stream) == 0)
        puts("fclose did not notice");
}

static void use_directory(void)
{
    DIR *directory = must_have(opendir("."), "opendir");
    must(close(dirfd(directory)), "close"); /* wrong:directory */
    if (closedir(directory) == 0)
        puts("closedir did not notice");
}

int main(void)
{
    for (int i = 0; i < 5; i++)
        use_stream();
    for (int i = 0; i < 2; i++)
        use_directory();
    return 0;
}
