/* A plugin whose constructor reads its settings in a thread, and waits for that. */
#include "program.h"

#include <pthread.h>

__attribute__((noinline)) static int read_settings(void)
{
    return must(open("/dev/null", O_RDONLY), "open");
}

static void *work(void *nothing)
{
    for (int i = 0; i < 2; i++)
        read_settings();
    return nothing;
}

__attribute__((constructor)) static void construct(void)
{
    pthread_t thread;
    must(-pthread_create(&thread, NULL, work, NULL), "pthread_create");
    must(-pthread_join(thread, NULL), "pthread_join");
}
