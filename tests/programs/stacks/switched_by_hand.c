/* A function that changes to another stack by hand, and whose unwind table does not say so: by that, its caller stands behind
 * the end of the memory that the other stack is in. A walk ends there; it reads nothing.
 *
 * expect: fd-leak count=7 call=open function=leak_there line=leak
 */
#include "program.h"

#include <sys/mman.h>

enum { STACK = 64 * 1024, PAGE = 4096, LEAKED = 7 };

__attribute__((noinline)) static void leak_there(void)
{
    must(open("/dev/null", O_RDONLY), "open"); /* leak:leak */
}

#if defined(__x86_64__)
#if !defined(__clang__)
__attribute__((optimize("omit-frame-pointer")))
#endif
__attribute__((noinline)) static void
call_there(char *top)
{
    __asm__ volatile("movq %%rsp, %%rbx\n\t"
                     "movq %[top], %%rsp\n\t"
                     "call *%[function]\n\t"
                     "movq %%rbx, %%rsp"
                     :
                     : [top] "r"(top), [function] "r"(leak_there)
                     : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "cc", "memory");
}
#else
static void call_there(char *top)
{
    (void)top;
    leak_there();
}
#endif

int main(void)
{
    char *stack = mmap(NULL, STACK + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(stack == MAP_FAILED ? -1 : 0, "mmap");
    must(mprotect(stack + STACK, PAGE, PROT_NONE), "mprotect");
    for (int i = 0; i < LEAKED; i++)
        call_there(stack + STACK);
    return 0;
}
