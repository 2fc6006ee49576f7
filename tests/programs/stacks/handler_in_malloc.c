/* A handler opens the first file while it interrupts the program's own malloc, which holds its lock: nothing of what a
 * hook does may need that malloc, and the stack of the open is whole.
 *
 * expect: fd-leak count=1 call=open function=main line=handler
 * expect: fd-leak count=2 call=open function=main line=forget
 */
#include "program.h"

#include <pthread.h>
#include <signal.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Alignas(16) unsigned char arena[1 << 20];
static size_t used;
static volatile int interrupt;

void *malloc(size_t size)
{
    pthread_mutex_lock(&lock);
    if (interrupt) {
        interrupt = 0;
        raise(SIGUSR1);
    }
    size_t at = used, need = (size + 15) & ~(size_t)15;
    used += need < sizeof arena - at ? need : 0;
    pthread_mutex_unlock(&lock);
    return used == at ? NULL : arena + at;
}

void free(void *block)
{
    (void)block;
}

void *calloc(size_t count, size_t size)
{
    size_t total;
    return __builtin_mul_overflow(count, size, &total) ? NULL : malloc(total);
}

void *realloc(void *old, size_t size)
{
    void *block = malloc(size);
    if (block != NULL && old != NULL)
        memmove(block, old, size);
    return block;
}

static void handle(int number)
{
    (void)number;
    must(open("/dev/null", O_RDONLY), "open"); /* leak:handler */
}

__attribute__((noinline)) static void forget(void)
{
    must(open("/dev/null", O_RDONLY), "open");
}

int main(void)
{
    signal(SIGUSR1, handle);
    interrupt = 1;
    void *volatile block = malloc(100);
    free(block);
    for (int i = 0; i < 2; i++)
        forget(); /* leak:forget */
    must((int)write(STDOUT_FILENO, "done\n", 5), "write");
    return 0;
}
