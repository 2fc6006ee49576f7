/* longjmp over three scopes, 7 times in 50: each of the three is told of, what they held is left by them, and the scopes
 * around stay right, whether the jump leads to another function or within one, and out of handlers of signals too.
 *
 * expect: unbalanced-scope count=7 scope="session > parse" later=*longjmp* level=warning
 * expect: unbalanced-scope count=7 scope="session > parse > list" later=*longjmp*
 * expect: unbalanced-scope count=7 scope="session > parse > list > item" later=*longjmp*
 * expect: scope-leak count=7 call=open line=item scope="session > parse > list > item" ended=50 left=7
 * expect: scope-leak count=7 call=open line=list scope="session > parse > list" ended=50 left=7
 * expect: scope-leak count=3 call=open function=main line=session scope=session ended=50 left=3
 * expect: unbalanced-scope count=5 scope="around > beside" later=*longjmp*
 * expect: scope-leak count=5 call=open line=beside scope="around > beside" ended=5 left=5
 * expect: unbalanced-scope count=3 scope="interrupted > waiting" later=*longjmp*
 * expect: scope-leak count=3 call=open line=waiting scope="interrupted > waiting" left=3
 * expect: unbalanced-scope count=11 scope=decoded later=*longjmp* function=decode_one
 * expect: scope-leak count=11 call=open line=decoded scope=decoded ended=100 left=11
 * expect: unbalanced-scope count=9 scope=again later=*longjmp* function=decode_again
 * expect: scope-leak count=9 call=open line=again scope=again ended=90 left=9
 * expect-scope: path=decoded entered=100 ended=100 left=11
 * expect-scope: path=again entered=90 ended=90 left=9
 * expect-scope: path=session entered=50 ended=50 left=3
 * expect-scope: path=around entered=5 ended=5 left=0
 * expect-scope: path=interrupted entered=3 ended=3 left=0
 */
#include "scopes.h"

#include <setjmp.h>
#include <signal.h>

static jmp_buf way_out;
static sigjmp_buf way_out_of_signal;

static void __attribute__((noinline)) parse_item(int number)
{
    LEAKWATCH_SCOPE("item") {
        int fd = open_work("item.txt"); /* leak:item */
        if (number % 7 == 3)
            longjmp(way_out, 1);
        must(close(fd), "close");
    }
}

static void __attribute__((noinline)) parse_list(int number)
{
    LEAKWATCH_SCOPE("list") {
        int fd = open_work("list.txt"); /* leak:list */
        parse_item(number);
        must(close(fd), "close");
    }
}

static void __attribute__((noinline)) parse(int number)
{
    LEAKWATCH_SCOPE("parse") {
        parse_list(number);
    }
}

static void __attribute__((noinline)) jump_back(void)
{
    longjmp(way_out, 1);
}

/* The jump leads to the very function whose block it leaves. */
static void __attribute__((noinline)) jump_within(void)
{
    if (setjmp(way_out) != 0)
        return;
    LEAKWATCH_SCOPE("beside") {
        open_work("beside.txt"); /* leak:beside */
        jump_back();
    }
}

static void jump_within_functions(void)
{
    for (int round = 0; round < 5; round++)
        LEAKWATCH_SCOPE("around") {
            jump_within();
        }
}

static void on_signal(int number)
{
    (void)number;
    siglongjmp(way_out_of_signal, 1);
}

static void __attribute__((noinline)) wait_for_signal(void)
{
    LEAKWATCH_SCOPE("waiting") {
        open_work("waiting.txt"); /* leak:waiting */
        must(raise(SIGUSR1), "raise");
    }
}

static void __attribute__((noinline)) jump_out_of_handler(void)
{
    if (sigsetjmp(way_out_of_signal, 1) == 0)
        wait_for_signal();
    must(close(open_null()), "close");
}

static void jump_out_of_handlers(void)
{
    signal(SIGUSR1, on_signal);
    for (int round = 0; round < 3; round++)
        LEAKWATCH_SCOPE("interrupted") {
            jump_out_of_handler();
        }
}

static jmp_buf failed;

static void __attribute__((noinline)) decode(int number)
{
    if (number % 9 == 4)
        longjmp(failed, 1);
}

/* As users of libpng do it: the jump leads into the function that has the block, and the next picture finds it as deep. */
static void __attribute__((noinline)) decode_one(int number)
{
    if (setjmp(failed) != 0)
        return;
    LEAKWATCH_SCOPE("decoded") {
        int fd = open_work("decoded.txt"); /* leak:decoded */
        decode(number);
        must(close(fd), "close");
    }
}

/* The same in a loop around the block. */
static void __attribute__((noinline)) decode_again(void)
{
    volatile int number = 0;
    int times = setjmp(failed);
    while (number < 90)
        LEAKWATCH_SCOPE("again") {
            int fd = open_work("again.txt"); /* leak:again */
            number += times >= 0;
            decode(number - 1 < 81 ? number - 1 : 0);
            must(close(fd), "close");
        }
}

/* 1 where the parser has jumped. */
static int __attribute__((noinline)) try_to_parse(int number)
{
    if (setjmp(way_out) != 0)
        return 1;
    parse(number);
    return 0;
}

int main(void)
{
    int jumps = 0;
    for (int number = 0; number < 50; number++)
        LEAKWATCH_SCOPE("session") {
            jumps += try_to_parse(number);
            int fd = open_work("session.txt"); /* leak:session */
            if (number % 17 != 5)
                must(close(fd), "close");
        }
    jump_within_functions();
    jump_out_of_handlers();
    for (int number = 0; number < 100; number++)
        decode_one(number);
    decode_again();
    printf("%d jumps\n", jumps);
    return 0;
}
