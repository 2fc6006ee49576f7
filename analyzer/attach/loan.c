/* Raises the limit of descriptors of a process, and puts it back. */
#include "loan.h"

#include <inttypes.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/heap.h"
#include "base/process_file.h"
#include "base/process_limits.h"

/* The ledger, two libraries, a pipe of libunwind's, files of /proc: some at once, and the program may take one meanwhile. */
enum { NEEDED = 8 };

/* Whoever is out of them may try over and over. */
enum { LOAN = 64 };

/* Of all numbers that it may have; all, where its table cannot be read: then the library finds out. */
static uint64_t free_numbers(uint32_t pid, uint64_t soft)
{
    uint64_t taken = 0;
    return process_file__descriptors(pid, soft, &taken) ? soft - taken : soft;
}

static bool set(uint32_t pid, rlim_t soft, rlim_t hard)
{
    return prlimit((pid_t)pid, RLIMIT_NOFILE, &(struct rlimit){soft, hard}, NULL) == 0;
}

/* The whole loan, else as much of it as the hard limit leaves. */
static bool lend(struct leakwatch_loan *loan, uint32_t pid, uint64_t free)
{
    const uint64_t soft[] = {loan->soft + LOAN, loan->hard};
    for (size_t i = 0; i < sizeof soft / sizeof soft[0]; i++) {
        uint64_t hard = soft[i] > loan->hard ? soft[i] : loan->hard;
        if (soft[i] - loan->soft + free < NEEDED || !set(pid, soft[i], hard))
            continue;
        loan->lent_soft = soft[i];
        loan->lent_hard = hard;
        return true;
    }
    return false;
}

char *loan__make(struct leakwatch_loan *loan, const struct attach_target *target)
{
    *loan = (struct leakwatch_loan){.lent_soft = 0};
    if (!process_limits__nofile(target->pid, &loan->soft, &loan->hard))
        return NULL;
    uint64_t free = free_numbers(target->pid, loan->soft);
    if (free >= NEEDED || lend(loan, target->pid, free))
        return NULL;
    uint64_t more = loan->soft + LOAN;
    return heap__printed("process %" PRIu32 " (%s) has %s descriptor left of its %" PRIu64
                         ", and this command may not raise that: prlimit --pid %" PRIu32 " --nofile=%" PRIu64
                         ":%" PRIu64 " first, as root",
                         target->pid, target->name, free == 0 ? "no" : "hardly a", loan->soft, target->pid, more,
                         more > loan->hard ? more : loan->hard);
}

/* Where it still is what it was raised to: the library may have done so already, and then somebody else. */
void loan__take_back(const struct leakwatch_loan *loan, const struct attach_target *target)
{
    uint64_t soft, hard;
    if (loan->lent_soft != 0 && process_limits__nofile(target->pid, &soft, &hard) && soft == loan->lent_soft &&
        hard == loan->lent_hard)
        set(target->pid, loan->soft, loan->hard);
}
