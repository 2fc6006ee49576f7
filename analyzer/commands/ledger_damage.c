/* What is said of a ledger that is not as its process left it. */
#include "ledger_damage.h"

#include <inttypes.h>
#include <string.h>

#include "base/complain.h"

bool ledger_damage__is_there(const struct ledger *ledger)
{
    return ledger__missing(ledger) > 0 || (ledger__damaged(ledger) > 0 && !ledger__is_running(ledger));
}

void ledger_damage__tell(const struct ledger *ledger)
{
    uint64_t damaged = ledger__damaged(ledger), missing = ledger__missing(ledger);
    if (missing > 0)
        complain("%s: damaged: cut off after %" PRIu64 " of %" PRIu64 " bytes, what stood behind is not told of",
                 ledger__path(ledger), ledger__header(ledger)->used - missing, ledger__header(ledger)->used);
    else
        complain("%s: damaged: %" PRIu64
                 " %s left out, and the rest may be wrong; copy it anew, or run the program again",
                 ledger__path(ledger), damaged, damaged == 1 ? "record was" : "records were");
}
