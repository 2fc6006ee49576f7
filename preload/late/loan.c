/* A process that has run out of descriptors has none for the library either: so the command lends it some numbers beyond its
 * limit. They are given back from inside, too, as soon as there is no need any more, whatever has become of the command. */
#include <sys/resource.h>

#include "late.h"
#include "leakwatch/attachment.h"
#include "ledger/ledger.h"
#include "system/system.h"

void lw_loan_begin(const struct leakwatch_loan *loan)
{
    __atomic_store_n(&lw_limit_is_lent, loan->lent_soft != 0, __ATOMIC_RELEASE);
}

void lw_loan_note(const struct leakwatch_loan *loan)
{
    if (loan->lent_soft == 0)
        return;
    __atomic_store_n(&lw_header()->nofile_soft, loan->soft, __ATOMIC_RELAXED);
    __atomic_store_n(&lw_header()->nofile_hard, loan->hard, __ATOMIC_RELAXED);
}

/* Another limit by now is one that somebody has set since: that stays. */
void lw_loan_end(const struct leakwatch_loan *loan)
{
    const struct rlimit own = {loan->soft, loan->hard};
    struct rlimit now = {0, 0};
    if (loan->lent_soft != 0 && lw_system4(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, &now) == 0 &&
        now.rlim_cur == loan->lent_soft && now.rlim_max == loan->lent_hard)
        lw_system4(SYS_prlimit64, 0, RLIMIT_NOFILE, &own, 0);
    __atomic_store_n(&lw_limit_is_lent, false, __ATOMIC_RELEASE);
}
