/* A stack of our own for slow steps: walks, the loading of libunwind, the beginning of a ledger or of a thread's record.
 *
 * DESIGN. Programs have signal stacks of 3.5 KiB and coroutines of 4 KiB, and whatever a hook does, it must not take more
 * than a KiB of them. So what needs more is called here, on memory that we map ourselves. All signals are blocked
 * meanwhile: no handler may run there, and so none can leave it by a longjmp or by swapping contexts. A stack is taken
 * for one step and given back: there are as many as there were ever threads that made a slow step at one time.
 *
 * What was blocked comes in at the end of the step. A timer that is faster than a walk has by then sent its next signal:
 * its handler runs above this step, where every stack is a new one, and its walk lets the next one in, without end. So
 * steps that end one above the other are counted, and who has the choice does without (lw_aside_nests). A handler that
 * leaves by a jump leaves its count: it is known by a step that comes from further out, and the jump takes it back. */
#include "aside.h"

#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "process/process.h"
#include "system/system.h"
#include "thread.h"
#include "trace.h"
#include "unwinder.h"

#define ROOM (128u * 1024)
#define USED (3 * LW_PAGE) /* of it, as a rule */
#define GUARD LW_PAGE
#define APART (8u << 20)
/* Above the first one: the memory of a thread, and what it keeps of its scopes. */
#define REST (LW_MEMORY + 3 * LW_PAGE)

void lw_call_on(void *top, void (*step)(void *), void *argument) __attribute__((visibility("hidden")));

/* Stacks that nobody uses, each by a page of it: the highest, which has been touched, or under Valgrind, which sees a write
 * below the stack pointer there, the lowest. */
static LW_START_DATA uint64_t spare;
static LW_START_DATA bool by_lowest;

static uint8_t *page_of(uint8_t *stack)
{
    return by_lowest ? stack : stack + ROOM - LW_BLOCK;
}

static uint8_t *spare_stack(void)
{
    uint8_t *page = lw_block_take(&spare);
    return page && !by_lowest ? page + LW_BLOCK - ROOM : page;
}

/* ---- Valgrind ---- */

enum { ON_VALGRIND = 0x1001, STACK_REGISTER = 0x1501, DRD_THREAD = 0x44520001 };

/* Instructions that do nothing, and that Valgrind takes for a question. Not inline: one question's room does for all. */
static __attribute__((noinline)) uint64_t ask_valgrind(uint64_t question, uint64_t first, uint64_t second)
{
    volatile uint64_t words[6] = {question, first, second, 0, 0, 0};
#if defined(__x86_64__)
    uint64_t answer = 0;
    __asm__ volatile("rolq $3, %%rdi\n\trolq $13, %%rdi\n\trolq $61, %%rdi\n\trolq $51, %%rdi\n\txchgq %%rbx, %%rbx"
                     : "+d"(answer)
                     : "a"(words)
                     : "cc", "memory");
#elif defined(__aarch64__)
    register uint64_t answer __asm__("x3") = 0;
    register volatile uint64_t *at __asm__("x4") = words;
    __asm__ volatile(
        "ror x12, x12, #3\n\tror x12, x12, #13\n\tror x12, x12, #51\n\tror x12, x12, #61\n\torr x10, x10, x10"
        : "+r"(answer)
        : "r"(at)
        : "cc", "memory");
#endif
    return answer;
}

/* ---- The stack ---- */

static bool is_first(void)
{
    static LW_START_DATA bool was_made;
    return !__atomic_exchange_n(&was_made, true, __ATOMIC_RELAXED);
}

/* Valgrind takes a stack pointer that moves by less than two megabytes for a frame, and what lies between for its
 * contents; so there it stands apart from all others. Its drd, which alone answers as to its threads, ends by an assertion
 * of its own once a thread has used another stack: it gets none. (Not part of lw_aside, which would take the room for it
 * from the program's stack each time.) */
static __attribute__((noinline)) uint8_t *map_stack(void)
{
    bool watched = ask_valgrind(ON_VALGRIND, 0, 0) != 0;
    if (watched && ask_valgrind(DRD_THREAD, 0, 0) != 0)
        return NULL;
    uint64_t apart = watched ? APART : 0, rest = !watched && is_first() ? REST : 0;
    uint64_t bytes = apart + GUARD + ROOM + rest + apart;
    long flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    long at = lw_syscall6(SYS_mmap, 0, (long)bytes, PROT_NONE, flags, -1, 0);
    if (lw_is_error(at))
        return NULL;
    uint8_t *stack = (uint8_t *)at + apart + GUARD;
    if (lw_late) /* by mlockall before that it is locked, and nobody tells */
        lw_system2(SYS_munlock, at, bytes);
    if (lw_system3(SYS_mprotect, stack, ROOM + rest, PROT_READ | PROT_WRITE) != 0) {
        lw_system2(SYS_munmap, at, bytes);
        return NULL;
    }
    lw_populate(stack + ROOM - USED, USED + (rest ? LW_MEMORY_USED : 0));
    if (rest)
        lw_pages_leave(stack + ROOM, rest);
    by_lowest = watched;
    if (watched)
        ask_valgrind(STACK_REGISTER, (uint64_t)stack, (uint64_t)stack + ROOM);
    return stack;
}

/* ---- Its end ---- */

static void let_in(struct lw_thread *thread, const uint64_t *signals, const void *frame)
{
    uint64_t first = thread->let_in_from;
    uint8_t others = thread->letting_in;
    if (!others)
        thread->let_in_from = (uint64_t)frame;
    thread->letting_in = (uint8_t)(others + (others < UINT8_MAX));
    lw_restore_signals(signals);
    thread->let_in_from = first;
    thread->letting_in = others;
}

/* ---- The step ---- */

bool lw_aside(void (*step)(void *), void *argument)
{
    struct lw_thread *thread = &lw_thread;
    uint64_t before;
    lw_aside_nests(thread, LW_OWN_FRAME);
    if (thread->aside || lw_strict || lw_careful) {
        step(argument);
        return true;
    }
    lw_block_signals(&before);
    uint8_t *stack = spare_stack();
    bool done = stack || (stack = map_stack()) || lw_stack_has_room(NULL);
    thread->aside = 1;
    if (stack) {
        lw_call_on(stack + ROOM, step, argument);
        lw_block_give(&spare, page_of(stack));
    } else if (done)
        step(argument);
    thread->aside = 0;
    let_in(thread, &before, LW_OWN_FRAME);
    return done;
}
