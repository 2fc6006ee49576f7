/* Executes itself, and itself again from a thread: descriptors that cross exec without O_CLOEXEC are noted where they cross, and are
 * no leak of the image that inherits them; nor is what is told so told once more as held when the image executed another.
 *
 * expect: fd-leak count=1 call=open function=last_image line=last level=error
 * expect: inherited-fd level=note function=forget
 * expect: fd-leak level=note function=main
 * expect-exit: 5
 */
#include "program.h"

#include <pthread.h>

static int forget(void)
{
    return must(open("chain.txt", O_RDWR | O_CREAT, 0600), "open");
}

static int last_image(void)
{
    return must(open("chain.txt", O_RDWR), "open"); /* leak:last */
}

static void *execute(void *arguments)
{
    char **next = arguments;
    execv(next[0], next);
    _exit(98);
}

int main(int count, char **arguments)
{
    static const struct deed first[] = {{forget, 0, 3}}, last[] = {{last_image, 1, 1}};
    if (count >= 3) {
        do_deeds(last, COUNT(last));
        return 5;
    }
    do_deeds(first, COUNT(first));
    printf("closed by exec: %d\n", must(open("chain.txt", O_RDONLY | O_CLOEXEC), "open"));
    fflush(stdout);
    char more[] = "more";
    char *next[] = {arguments[0], more, count == 2 ? more : NULL, NULL};
    pthread_t thread;
    if (count == 2 && pthread_create(&thread, NULL, execute, next) == 0)
        pthread_join(thread, NULL);
    execute(next);
    return 98;
}
