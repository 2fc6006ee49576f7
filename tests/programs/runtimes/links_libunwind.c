/* A program that unwinds by itself, through a libunwind that it links, between opens and after them. That libunwind is its
 * own, with a pipe of its own: numbers are what they are without leakwatch, and its stacks go as deep. That pipe is held for
 * life, which a built-in rule knows; what a function opens that libunwind calls back is the program's.
 *
 * expect: fd-leak count=3 call=open function=main line=kept
 * expect: fd-leak count=1 call=open function=called_back line=called
 * options: --show-suppressed
 * expect-text: *fd-leak@caller:/libunwind*
 */
#define UNW_LOCAL_ONLY
#include "program.h"

#include <libunwind.h>
#include <sys/stat.h>
#include <unwind.h>

__attribute__((noinline)) static int depth_from(int astray)
{
    unw_context_t context;
    unw_cursor_t cursor;
    int depth = 0;
    unw_getcontext(&context);
    if (astray) { /* somewhere where nothing can be read: libunwind asks its pipe */
        context.uc_mcontext.gregs[REG_RIP] = 0x12345;
        context.uc_mcontext.gregs[REG_RBP] = 0x1000;
        context.uc_mcontext.gregs[REG_RSP] = 0x2000;
    }
    unw_init_local(&cursor, &context);
    while (unw_step(&cursor) > 0 && depth < 50)
        depth++;
    return depth;
}

__attribute__((noinline)) static int open_one(void)
{
    return must(open("/dev/null", O_RDONLY), "open");
}

/* How many of the first 20 numbers are pipes. */
static int pipes(void)
{
    struct stat about;
    int count = 0;
    for (int fd = 3; fd < 20; fd++)
        count += fstat(fd, &about) == 0 && S_ISFIFO(about.st_mode);
    return count;
}

extern _Unwind_Reason_Code __libunwind_Unwind_Backtrace(_Unwind_Trace_Fn callback, void *context);

static _Unwind_Reason_Code called_back(struct _Unwind_Context *context, void *fd)
{
    (void)context;
    if (*(int *)fd < 0)
        *(int *)fd = must(open("/dev/null", O_RDONLY), "open"); /* leak:called */
    return _URC_NO_REASON;
}

int main(void)
{
    int for_life = -1;
    must(close(open_one()), "close");
    for (int i = 0; i < 3; i++) {
        int fd = open_one(); /* leak:kept */
        int sane = depth_from(0) > 1, astray = depth_from(1);
        printf("%d: %d %d %d\n", fd, sane, astray, pipes());
    }
    __libunwind_Unwind_Backtrace(called_back, &for_life);
    printf("%d\n", for_life);
    return 0;
}
