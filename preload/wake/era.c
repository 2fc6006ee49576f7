/* Another ledger: what was remembered of the one before is void. */
#include "ledger/ledger.h"
#include "process/process.h"
#include "span/span.h"
#include "wake.h"

void lw_new_era(void)
{
    __atomic_fetch_add(&lw_era, 1, __ATOMIC_ACQ_REL);
    lw_slots_forget();
    lw_call_names_forget();
    lw_samples_forget();
    lw_spans_forget();
}
