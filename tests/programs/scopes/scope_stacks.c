/* Scopes on stacks of their own: 9 coroutines take turns on one thread, each inside blocks that its detach and attach carry
 * along. 3 forget their file; jumps between the stacks end nothing.
 *
 * expect: scope-leak count=3 call=open line=task scope=task ended=9 left=3 most=1
 * expect: scope-leak count=1 call=open line=inner scope="task > step" ended=27 left=1
 * expect-scope: path=task entered=9 ended=9 left=3
 * expect-scope: path="task > step" entered=27 ended=27 left=1
 * expect-scope: path=scheduler entered=1 ended=1 left=0
 */
#include "scopes.h"

#include <setjmp.h>
#include <ucontext.h>

enum { TASKS = 9, STEPS = 3, STACK = 256 << 10 };

static struct task {
    ucontext_t context;
    jmp_buf place;
    leakwatch_scope_t scope;
    int running, done;
} tasks[TASKS];
static jmp_buf scheduler;
static int current;

/* Back to the scheduler; this task's scopes stay with it. */
static void __attribute__((noinline)) yield(void)
{
    struct task *task = &tasks[current];
    leakwatch_scope_detach(task->scope);
    if (_setjmp(task->place) == 0)
        _longjmp(scheduler, 1);
    must(leakwatch_scope_attach(tasks[current].scope), "attach");
}

static void __attribute__((noinline)) step(int number, int round)
{
    LEAKWATCH_SCOPE("step") {
        int fd = open_work("step.txt"); /* leak:inner */
        yield();
        if (number != 5 || round != 1)
            must(close(fd), "close");
    }
}

static void run_task(void)
{
    int number = current;
    leakwatch_scope_t scope = leakwatch_scope_begin("task");
    tasks[number].scope = scope;
    int fd = open_work("task.txt"); /* leak:task */
    for (int round = 0; round < STEPS; round++)
        step(number, round);
    if (number % 3 != 1)
        must(close(fd), "close");
    leakwatch_scope_end(scope);
    tasks[number].done = 1;
    _longjmp(scheduler, 1);
}

static void start(struct task *task)
{
    must(getcontext(&task->context), "getcontext");
    task->context.uc_stack.ss_sp = must_have(malloc(STACK), "malloc");
    task->context.uc_stack.ss_size = STACK;
    task->running = 1;
    makecontext(&task->context, run_task, 0);
    setcontext(&task->context);
}

static void __attribute__((noinline)) resume(int number)
{
    struct task *task = &tasks[number];
    current = number;
    if (_setjmp(scheduler) != 0)
        return;
    if (task->running)
        _longjmp(task->place, 1);
    start(task);
}

int main(void)
{
    LEAKWATCH_SCOPE("scheduler") {
        must(close(open_null()), "close");
    }
    for (int round = 0; round <= STEPS; round++)
        for (int number = 0; number < TASKS; number++)
            if (!tasks[number].done)
                resume(number);
    for (int number = 0; number < TASKS; number++)
        free(tasks[number].context.uc_stack.ss_sp);
    puts("all done");
    return 0;
}
