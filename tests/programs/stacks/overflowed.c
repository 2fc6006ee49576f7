/* Recursion that opens files until its stack is full: the program's own handler, which has another stack, still runs, and
 * goes on with the program. Where the stack is full is moved by 16 bytes each time, so that every step meets it.
 *
 * expect: fd-leak count=7 call=open function=main line=leak
 */
#include "program.h"

#include <alloca.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>

enum { STACK = 64 * 1024, ROUNDS = 64, STEP = 16, LEAKED = 7, ALTERNATE = 64 * 1024 };

static sigjmp_buf before;
static volatile int overflows;

static void jump_back(int signal)
{
    (void)signal;
    overflows++;
    siglongjmp(before, 1);
}

static int recurse(int depth)
{
    volatile char frame[64];
    frame[0] = (char)depth;
    int fd = open("/dev/null", O_RDONLY);
    if (fd >= 0)
        close(fd);
    return depth < 0 ? 0 : recurse(depth + 1) + frame[0];
}

static void *overflow(void *room)
{
    static char alternate[ALTERNATE];
    must(sigaltstack(&(stack_t){.ss_sp = alternate, .ss_size = sizeof alternate}, NULL), "sigaltstack");
    volatile char *moved = alloca((size_t)room + 1);
    moved[0] = 1;
    if (sigsetjmp(before, 1) == 0)
        recurse(0);
    return NULL;
}

int main(void)
{
    pthread_attr_t attributes;
    must(-pthread_attr_init(&attributes), "pthread_attr_init");
    must(-pthread_attr_setstacksize(&attributes, STACK), "pthread_attr_setstacksize");
    must(sigaction(SIGSEGV, &(struct sigaction){.sa_handler = jump_back, .sa_flags = SA_ONSTACK}, NULL), "sigaction");
    for (int i = 0; i < LEAKED; i++)
        must(open("/dev/null", O_RDONLY), "open"); /* leak:leak */
    for (size_t round = 0; round < ROUNDS; round++) {
        pthread_t thread;
        must(-pthread_create(&thread, &attributes, overflow, (void *)(round * STEP)), "pthread_create");
        must(-pthread_join(thread, NULL), "pthread_join");
    }
    printf("%d overflows\n", overflows);
    return overflows == ROUNDS ? 0 : 97;
}
