/* Brings its own malloc, which takes a lock through pthread_mutex_lock as jemalloc does and opens a file once: hooks run
 * inside malloc here, and a hook that allocates would wait for itself.
 *
 * expect: fd-leak count=3 call=open function=forget line=forget type=file
 * expect: fd-leak count=1 call=open function=learn_from_kernel detail=/proc/self/status
 */
#include "program.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Alignas(16) unsigned char arena[64 << 20];
static size_t used;
static int knowledge = -1;

static void learn_from_kernel(void)
{
    knowledge = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
}

void *malloc(size_t size)
{
    pthread_mutex_lock(&lock);
    if (knowledge < 0)
        learn_from_kernel();
    size_t need = (size + 31) & ~(size_t)15, at = used;
    used = need < sizeof arena - at ? at + need : at;
    pthread_mutex_unlock(&lock);
    if (used == at) {
        errno = ENOMEM;
        return NULL;
    }
    memcpy(arena + at, &size, sizeof size);
    return arena + at + 16;
}

void free(void *block)
{
    (void)block;
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
}

void *calloc(size_t count, size_t size)
{
    size_t total;
    return __builtin_mul_overflow(count, size, &total) ? NULL : malloc(total);
}

void *realloc(void *old, size_t size)
{
    void *block = malloc(size);
    if (block != NULL && old != NULL) {
        size_t before;
        memcpy(&before, (unsigned char *)old - 16, sizeof before);
        memcpy(block, old, before < size ? before : size);
    }
    return block;
}

static int forget(void)
{
    void *scratch = must_have(malloc(100), "malloc");
    int fd = must(open("work.txt", O_RDWR | O_CREAT, 0600), "open"); /* leak:forget */
    free(scratch);
    return fd;
}

static void *work(void *nothing)
{
    for (int i = 0; i < 200; i++) {
        must(close(forget()), "close");
        must(fclose(must_have(fopen("work.txt", "r"), "fopen")), "fclose");
    }
    return nothing;
}

int main(void)
{
    pthread_t threads[4];
    must(close(forget()), "close");
    for (size_t i = 0; i < COUNT(threads); i++)
        must(-pthread_create(&threads[i], NULL, work, NULL), "pthread_create");
    for (size_t i = 0; i < COUNT(threads); i++)
        must(-pthread_join(threads[i], NULL), "pthread_join");
    for (int i = 0; i < 3; i++)
        forget();
    puts("all have ended");
    return 0;
}
