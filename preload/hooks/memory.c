/* mlockall: it is refused where the whole address space is larger than the program may lock, and most of that may be the
 * ledger's range, which is hardly ever touched. So that goes for the time of the call. */
#include <sys/mman.h>

#include "hook.h"
#include "ledger/ledger.h"
#include "wake/wake.h"

static int lock_without_range(int flags, uint64_t extent)
{
    lw_map_lend(&lw_map, extent);
    int result = LW_REAL(mlockall)(flags);
    lw_map_take_back(&lw_map, extent);
    return result;
}

/* A forked child without a ledger of its own still has its parent's range. */
static int lock_all(int flags)
{
    uint64_t extent = lw_keeps_books() ? lw_bounds_seal(&lw_map) : 0;
    if (extent) {
        int result = lock_without_range(flags, extent);
        lw_bounds_unseal(&lw_map);
        return result;
    }
    if (!lw_parent_hold())
        return LW_REAL(mlockall)(flags);
    int result = lock_without_range(flags, lw_map.claimed);
    lw_parent.size = lw_map.size;
    lw_parent_let_go();
    return result;
}

LW_EXPORT int mlockall(int flags)
{
    LW_ENTER_OR_RETURN(mlockall, (flags));
    int lw_result = lw_strict ? LW_REAL(mlockall)(flags) : lock_all(flags);
    if (lw_result == 0 && flags & MCL_FUTURE)
        lw_map_lock_future();
    return lw_result;
}
