/* Two threads that the program has named, one whose name would disturb a terminal, and one without a name leave 2, 3, 1 and
 * 1 files open at one place, of 11.
 *
 * expect: fd-leak count=7 findings=1 call=open function=work line=opened level=error
 * expect-text:   in threads that have names:
 * expect-text:     3 files in thread "reader-2"
 * expect-text:     2 files in thread "reader-1"
 */
#include "program.h"

#include <fcntl.h>
#include <pthread.h>

static pthread_barrier_t
    together; /* the board of a thread that has ended is the next one's, and with it goes the name */

struct part {
    const char *name;
    int opens, leaves;
};

static void *work(void *argument)
{
    const struct part *part = argument;
    if (part->name && pthread_setname_np(pthread_self(), part->name) != 0)
        return NULL;
    pthread_barrier_wait(&together);
    for (int i = 0; i < part->opens; i++) {
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC); /* leak:opened */
        if (i >= part->leaves)
            close(fd);
    }
    return NULL;
}

int main(void)
{
    enum { THREADS = 4 };
    static struct part parts[THREADS] = {{"reader-1", 4, 2}, {"reader-2", 3, 3}, {"\033[31m\xff", 2, 1}, {NULL, 2, 1}};
    pthread_t thread[THREADS];
    pthread_barrier_init(&together, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&thread[i], NULL, work, &parts[i]) != 0)
            return 99;
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    return 0;
}
