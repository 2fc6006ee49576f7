/* Two threads that race for a counter, and open and close files meanwhile. */
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

static int counter;

static void *race(void *unused)
{
    for (int i = 0; i < 20; i++) {
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        counter++;
        close(fd);
    }
    return unused;
}

int main(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, race, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
