/* Closing, one by one and in bulk. */
#include <unistd.h>

#include "hook.h"
#include "ledger/ledger.h"
#include "process/process.h"
#include "shared.h"

LW_RELEASE_FD(close)
LW_RELEASE_FD(__close)

/* ---- In bulk. Younger than the oldest supported C library, whose headers do not declare them ---- */

#define RANGE_CLOEXEC 4 /* CLOSE_RANGE_CLOEXEC: closes nothing, marks */

static void mark(struct lw_slot *slot, unsigned number, void *call)
{
    (void)slot;
    lw_cloexec_changed(call, (int)number, true);
}

void lw_range_closed(struct lw_call *call, unsigned first, unsigned last, int flags)
{
    if (!(flags & RANGE_CLOEXEC))
        lw_swept(call, first, last);
    else if (lw_keeping())
        lw_fd_slots(&lw_map, first, last, mark, call);
}

LW_EXPORT int close_range(unsigned first, unsigned last, int flags)
{
    LW_ENTER_OR_RETURN(close_range, (first, last, flags));
    int lw_result = LW_REAL(close_range)(first, last, flags);
    if (lw_result == 0)
        lw_range_closed(&lw_call, first, last, flags);
    return lw_result;
}

LW_EXPORT void closefrom(int lowest)
{
    struct lw_call call;
    bool entered = lw_enter(&call, LW_HOOK_closefrom, LW_FRAME);
    LW_REAL(closefrom)(lowest);
    if (entered)
        lw_swept(&call, lowest < 0 ? 0 : (unsigned)lowest, ~0U);
}
