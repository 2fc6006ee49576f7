/* Loads a plugin whose constructor takes a mutex that another thread has, and that thread takes others at new places before
 * it gives the mutex back: whatever a hook needs there, it must not be what the loader has locked.
 *
 * expect-total: findings=0
 */
#include "program.h"

#include <dlfcn.h>

#include "locks.h"

static pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER, others = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t taken;

/* What the plugin sees of the program. */
__attribute__((visibility("default"))) pthread_mutex_t *constructor_mutex(void);
pthread_mutex_t *constructor_mutex(void)
{
    return &own;
}

#define PLACE(n)                                                                                                       \
    __attribute__((noinline)) static void place_##n(void)                                                              \
    {                                                                                                                  \
        must_be_zero(pthread_mutex_lock(&others), "lock");                                                             \
        must(close(open("/dev/null", O_RDONLY | O_CLOEXEC)), "open");                                                  \
        must_be_zero(pthread_mutex_unlock(&others), "unlock");                                                         \
        __asm__ volatile("" : : "i"(n));                                                                               \
    }
PLACE(1)
PLACE(2)
PLACE(3)
PLACE(4)

static void *holds(void *nothing)
{
    must_be_zero(pthread_mutex_lock(&own), "lock");
    pthread_barrier_wait(&taken);
    until_awaited(&own);
    place_1();
    place_2();
    place_3();
    place_4();
    must_be_zero(pthread_mutex_unlock(&own), "unlock");
    return nothing;
}

/* The plugin lies beside the program. */
int main(int count, char **arguments)
{
    char path[4096];
    (void)count;
    char *slash = strrchr(arguments[0], '/');
    if (slash == NULL)
        return 98;
    snprintf(path, sizeof path, "%.*s/liblocking_plugin.so", (int)(slash - arguments[0]), arguments[0]);
    pthread_barrier_init(&taken, NULL, 2);
    pthread_t thread = start(holds, NULL);
    pthread_barrier_wait(&taken);
    must_have(dlopen(path, RTLD_NOW), "dlopen");
    join(thread);
    puts("loaded");
    return 0;
}
