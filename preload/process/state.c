/* What is known of the process that is being watched, and what time it is. */
#include "process.h"

/* The page of hot data begins here: this is linked first. */
__asm__(".pushsection .lw_hot, \"aw\"\n.p2align 12\n.popsection");
/* And that of LW_BEGIN_DATA, in the file of which nothing of it stands. */
__asm__(".pushsection .sbss.begin, \"aw\", %nobits\n.p2align 12\n.popsection");

LW_HOT_DATA uint32_t lw_phase, lw_era, lw_generation, lw_pid, lw_check;
LW_HOT_DATA bool lw_strict;
/* Behind the rest, so that what comes before it need not begin a page. */
__attribute__((section(".bss.wiped"))) _Alignas(sizeof(union lw_wiped)) union lw_wiped lw_wiped;
struct lw_options lw_options;
LW_HOT_DATA bool lw_constructed, lw_late, lw_attaching; /* asked by each start */
LW_START_DATA char **lw_arguments;
__attribute__((visibility("default"))) struct leakwatch_attached leakwatch_attached;
const char *lw_late_options;

void lw_clock_forbidden(void)
{
    lw_clock_stop();
    __atomic_store_n(&lw_wiped.turn, 0, __ATOMIC_SEQ_CST);
}

/* Thread-local, as a stack of ours is used by one thread after the other, and who looks on from outside takes that for a race.
 * A handler may come in between: then the seconds have changed, or it does not matter. */
uint64_t lw_now_of(int clock)
{
    /* The first of what is thread-local, as this is linked first: what hooks of locks ask of a thread is in one line then. */
    static _Alignas(64) __thread struct timespec now __attribute__((tls_model("initial-exec")));
    volatile struct timespec *read = &now;
    uint64_t seconds, nanoseconds;
    do {
        lw_read_clock(clock, &now);
        seconds = (uint64_t)read->tv_sec;
        nanoseconds = (uint64_t)read->tv_nsec;
    } while (seconds != (uint64_t)read->tv_sec);
    return seconds * 1000000000u + nanoseconds;
}

LW_HOT_CODE static int ask_kernel(clockid_t clock, struct timespec *now)
{
    return (int)lw_system2(SYS_clock_gettime, clock, now);
}

LW_HOT_DATA int (*lw_read_clock)(clockid_t, struct timespec *) = ask_kernel;
