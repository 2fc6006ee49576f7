/* Tries to execute what is not there, what is no program and what may not be executed, and lives on: it goes on being
 * watched, and what it holds at its own end is a leak.
 *
 * expect: fd-leak count=3 call=open function=before line=before level=error
 * expect: fd-leak count=5 call=open function=after line=after level=error
 */
#include "program.h"

static int before(void)
{
    return must(open("target.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:before */
}

static int after(void)
{
    return must(open("target.txt", O_RDONLY), "open"); /* leak:after */
}

static void try(char *path)
{
    char *arguments[] = {path, NULL};
    execv(path, arguments);
    printf("%s: %s\n", path, strerror(errno));
}

int main(void)
{
    static const struct deed first[] = {{before, 2, 3}}, last[] = {{after, 2, 5}};
    static char missing[] = "./no-such-program", plain[] = "./target.txt", directory[] = ".";
    do_deeds(first, COUNT(first));
    try(missing);
    try(plain);
    try(directory);
    execlp("no-such-program", "no-such-program", (char *)NULL);
    do_deeds(last, COUNT(last));
    return 0;
}
